import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createLipSyncScript } from "../support/lip-sync-script.ts";
import { lipSyncedCampaign } from "../support/lip-synced.ts";
import { paintVideo } from "../support/paint-video.ts";
import { paintedShare, skinOf, slotPicturesOf } from "../support/painted-slot.ts";
import { vocativeInside } from "../support/run-vocative.ts";
import { startStandIn } from "../support/speech-servers/stand-in.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** Campaigns by engines that are set up: Wav2Lip's own program, and sync.so. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-providers-"));
const inside = (...parts: string[]) => path.join(folder, ...parts);
let base: TalkingBase;
before(async () => {
  base = await makeTalkingBase({
    file: inside("base.mp4"),
    parts: [0.4, "Rahul", 0.45, "welcome to our school", 0.4],
    height: 256,
  });
});
after(() => rmSync(folder, { recursive: true }));

const sheetOf = (...names: string[]) => `${["name", ...names].join("\n")}\n`;

test("Wav2Lip by its own program is called as it wants to be, from flags of the command line", async () => {
  const wav2lip = createLipSyncScript(inside("script"), "paint");
  const repo = inside("Wav2Lip's");
  mkdirSync(path.join(repo, "temp"), { recursive: true });
  writeFileSync(path.join(repo, "inference.py"), "");
  writeFileSync(path.join(repo, "temp", "of another run"), "");
  const checkpoint = inside("weights of 2020.pth");
  writeFileSync(checkpoint, "weights");
  const recipients = inside("wav2lip.csv");
  writeFileSync(recipients, sheetOf("Al", "Bo"));
  const outdir = inside("wav2lip");
  const flags = [
    ...["--insert-mode", "diamond", "--lip-sync-provider", "wav2lip", "--lang", "en"],
    ...["--wav2lip-repo", repo, "--wav2lip-checkpoint", checkpoint],
    ...["--wav2lip-python", wav2lip.python, "--wav2lip-pads", "0 12 3 4"],
  ];
  const ended = await vocativeInside(
    ["campaign", "--video", base.file, "--recipients", recipients, "--outdir", outdir, ...flags],
    { env: { VIDX_DATA_DIR: inside("data") } },
  );
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, /weights of Wav2Lip are for research only/u);
  const calls = wav2lip.calls();
  assert.equal(calls.length, 2);
  for (const { words, entries, sound, video } of calls) {
    assert.deepEqual(words, [
      ...["inference.py", "--checkpoint_path", checkpoint, "--face", "face.mp4"],
      ...["--audio", "sound.wav", "--outfile", "made.mp4", "--pads", "0", "12", "3", "4"],
    ]);
    assert.deepEqual(
      entries.filter((name) => name !== "made.mp4"),
      ["face.mp4", "inference.py", "sound.wav", "temp"],
    );
    assert.ok(sound.seconds > (video?.pictures ?? 0) / base.fps, "the last pictures are heard");
  }
  const videos = readdirSync(outdir).filter((name) => name.endsWith(".mp4"));
  assert.equal(videos.length, 2);
  assert.deepEqual(readdirSync(path.join(repo, "temp")), ["of another run"]);
});

test("sync.so makes the mouths of a campaign once its key is set, and a budget ends what it may cost", async () => {
  const movies = new Map<string, Buffer>();
  const server = await startStandIn(async ({ method, path: asked, headers, body }) => {
    if (method === "GET") return { body: movies.get(asked) ?? "none" };
    const form = await new Response(new Uint8Array(body), {
      headers: { "Content-Type": headers["content-type"] ?? "" },
    }).formData();
    const video = form.get("video") as File; // a field with a file
    const id = `made-${movies.size + 1}`;
    const work = mkdtempSync(inside("sync-"));
    const [from, to] = [path.join(work, "in.mp4"), path.join(work, "out.mp4")];
    await writeFile(from, Buffer.from(await video.arrayBuffer()));
    await paintVideo({ from, to });
    movies.set(`/${id}.mp4`, await readFile(to));
    const outputUrl = `${server.url}/${id}.mp4`;
    return { status: 201, body: JSON.stringify({ id, status: "COMPLETED", outputUrl }) };
  });
  try {
    const variables = {
      ...{ VOCATIVE_OFFLINE: "false", SYNC_API_KEY: "a-secret-key", VOCATIVE_SYNC_URL: server.url },
      VOCATIVE_SYNC_MAX_SECONDS: "2",
    };
    const options = { lipSyncProvider: "sync_api" as const, ttsProvider: "espeak" as const };
    const names = ["Al", "Bo", "Cy", "Di"];
    const made = await lipSyncedCampaign({
      ...{ folder, base: base.file, sheet: sheetOf(...names) },
      ...{ options, variables },
    });
    const [done, failed] = ["done", "failed"].map((state) =>
      made.records.filter((record) => record.state === state),
    );
    assert.ok(done && failed && done.length > 0 && failed.length > 0);
    assert.equal(movies.size, done.length, "what would cost too much is not ordered");
    for (const { reason } of failed) {
      assert.match(reason ?? "", /^sync\.so was to make .*raise VOCATIVE_SYNC_MAX_SECONDS$/u);
    }
    assert.ok(server.received.some(({ headers }) => headers["x-api-key"] === "a-secret-key"));
    assert.ok(!JSON.stringify(made.records).includes("a-secret-key"));
    const name = done[0]?.name ?? "";
    const pictures = await slotPicturesOf(made, name);
    const middle = pictures[pictures.length >> 1];
    assert.ok(middle);
    const share = paintedShare(middle, skinOf(middle.face));
    assert.ok(Math.abs(share - 1) < 0.06, `${share}`);
  } finally {
    await server.close();
  }
});
