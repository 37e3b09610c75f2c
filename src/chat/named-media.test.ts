import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { type Caller, SCOPES } from "../domain/caller.ts";
import { createAssets } from "./assets.ts";
import { createFileFolder } from "./file-folder.ts";
import { createNamedMedia } from "./named-media.ts";

let root = "";
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "named-media-test-"));
  await mkdir(path.join(root, "outputs", "audio"), { recursive: true });
  await mkdir(path.join(root, "assets"), { recursive: true });
  await writeFile(path.join(root, "secret.wav"), "secret");
  await writeFile(path.join(root, "outputs", "audio", "a.wav"), "sound");
  await writeFile(path.join(root, "assets", "अनु.png"), "face");
  await symlink(path.join(root, "secret.wav"), path.join(root, "outputs", "audio", "out.wav"));
  await symlink(root, path.join(root, "assets", "up"));
});
after(() => rm(root, { recursive: true }));

const caller = (tenant: string): Caller => ({ tenant, scopes: SCOPES, keyId: null });
const me = caller("me");
const { signal } = new AbortController();

function setup({ requireConsent = false } = {}) {
  const outputs = createFileFolder({ root: path.join(root, "outputs") });
  const assets = createFileFolder({ root: path.join(root, "assets") });
  const uploads = createAssets({
    folder: assets,
    checkSound: async () => {},
    requireConsent,
    clock: () => 1_000,
  });
  return { outputs, uploads, media: createNamedMedia({ outputs, assets, uploads }) };
}

async function upload(uploads: ReturnType<typeof setup>["uploads"], content: string, form: object) {
  const sent = await uploads.upload(me);
  const body = (async function* () {
    yield Buffer.from(content, "latin1");
  })();
  await sent.add("file", { fileName: "../a.mp3", body, signal });
  const request = { form: { kind: "portrait" as const, ...form }, upload: sent };
  return uploads.create(me, request, { signal }).finally(() => sent.discard());
}

test("files of both folders are found by their names", async () => {
  const { media } = setup();
  const found = await media.find(me, "outputs/audio/a.wav", "Audio file");
  assert.deepEqual([found.name, found.mediaType, found.sizeBytes], ["a.wav", "audio/wav", 5]);
  assert.equal((await media.find(me, "assets/अनु.png", "Image")).sizeBytes, 4);
  await assert.rejects(media.find(me, "outputs/audio/b.wav", "Audio file"), {
    code: "BAD_REQUEST",
    message: "Audio file not found: outputs/audio/b.wav",
  });
});

test("whatever else a request names is refused, and nothing outside is read", async () => {
  const { media } = setup();
  for (const name of [
    ...["outputs/../secret.wav", "outputs/audio/../../secret.wav", "../secret.wav", "secret.wav"],
    ...["/etc/passwd", path.join(root, "outputs/audio/a.wav"), "outputs//audio/a.wav", "outputs/"],
    ...["outputs/audio", "outputs/audio/out.wav", "assets/up/secret.wav", "outputs/./audio/a.wav"],
    ...["outputs/%2e%2e/secret.wav", "outputs%2faudio%2fa.wav", "outputs/audio/a.wav\0.png"],
    ...["outputs\\audio\\a.wav", "outputs/..\\secret.wav", "C:\\secret.wav", "file:///etc/passwd"],
    ...["http://127.0.0.1/a.wav", "//host/share", "~/secret.wav", "outputs/audio/a.wav/", "", "."],
    ...[
      "OUTPUTS/audio/a.wav",
      "outputs/audio/a.wav ",
      " outputs/audio/a.wav",
      "outputs/audio/a.wav\n",
    ],
    ...["outputs/．．/secret.wav", `outputs/${"a/".repeat(50)}b`, `outputs/${"a".repeat(5000)}`],
  ]) {
    await assert.rejects(media.find(me, name, "Audio file"), { code: "BAD_REQUEST" }, name);
  }
});

test("an uploaded asset is found by its id and its name, by its tenant alone, until it is removed", async () => {
  const { media, uploads } = setup();
  const asset = await upload(uploads, "\x89PNG\r\n\x1a\n....", {});
  assert.equal(asset.file, `uploads/${asset.id}.png`);
  assert.deepEqual([asset.name, asset.consent], ["a.mp3", null]);
  for (const name of [asset.id, `assets/${asset.file}`]) {
    assert.equal((await media.find(me, name, "Image")).sizeBytes, 12);
    await assert.rejects(media.find(caller("other"), name, "Image"), { code: "BAD_REQUEST" });
  }
  await assert.rejects(media.find(me, `assets/uploads/${asset.id}.json`, "Image"));
  assert.deepEqual(await uploads.list(me), [asset]);
  assert.deepEqual(await uploads.list(caller("other")), []);
  await assert.rejects(uploads.remove(caller("other"), asset.id), { code: "NOT_FOUND" });
  await uploads.remove(me, asset.id);
  await assert.rejects(uploads.get(me, asset.id), { code: "NOT_FOUND" });
  await assert.rejects(media.find(me, asset.id, "Image"), { code: "BAD_REQUEST" });
});

test("an upload is a picture, or a voice with the speaker's consent", async () => {
  const { uploads } = setup();
  await assert.rejects(upload(uploads, "GIF89a", {}), { code: "BAD_REQUEST", message: /no PNG/ });
  const attested = await upload(uploads, "sound", { kind: "voice" });
  assert.equal(attested.consent?.kind, "attestation");
  assert.match(attested.file, /\.mp3$/);
  const strict = setup({ requireConsent: true }).uploads;
  await assert.rejects(upload(strict, "sound", { kind: "voice" }), { code: "CONSENT_REQUIRED" });
  const consent = { consentSpeaker: "Asha", consentScope: "this demo" };
  const explicit = await upload(strict, "sound", { kind: "voice", ...consent });
  assert.deepEqual(explicit.consent, {
    ...{ kind: "explicit", speaker: "Asha", scope: "this demo", keyId: null },
  });
  assert.deepEqual(
    (await uploads.list(me)).length,
    2,
    "nothing is left of those that were refused",
  );
  await uploads.removeOlder(1_001);
  assert.deepEqual(await uploads.list(me), []);
});

test("files older than a moment are removed, newer ones and other folders stay", async () => {
  const { outputs } = setup();
  for (const [name, seconds] of [
    ["video/old.mp4", 999],
    ["video/new.mp4", 1001],
    ["kept/old.mp4", 999],
  ] as const) {
    const file = await outputs.place(name);
    await writeFile(file, "video");
    await utimes(file, seconds, seconds);
  }
  assert.equal(await outputs.removeOlder(1_000_000, ["video", "none"]), 1);
  assert.equal(await outputs.find("video/old.mp4"), null);
  assert.ok(await outputs.find("video/new.mp4"));
  const kept = await outputs.find("kept/old.mp4");
  assert.equal(await readFile(kept?.path ?? "", "utf8"), "video");
});
