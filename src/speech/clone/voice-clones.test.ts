import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AppError } from "../../domain/app-error.ts";
import { withFileLock } from "./file-lock.ts";
import { readVoiceCache } from "./voice-cache-file.ts";
import { createVoiceClones } from "./voice-clones.ts";
import { createVoiceSample } from "./voice-sample.ts";

const CHILD = fileURLToPath(new URL("testing/clone-samples.ts", import.meta.url));
const { signal } = new AbortController();
const options = { signal };

let root = "";
let count = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "voice-clones-test-"));
});
after(() => rm(root, { recursive: true }));

function newFile(): string {
  return join(root, `cache-${count++}.json`);
}

function sampleOf(text: string) {
  return createVoiceSample({ fileName: "sample.wav", bytes: Buffer.from(text) });
}

/** An account of a provider with room for `room` voices; it counts what is asked of it. */
function makeAccount({ file = newFile(), account = "a1", room = 100 } = {}) {
  const voices = new Map<string, string>();
  const asked = { creates: 0, removed: [] as string[] };
  const time = { now: 1000 };
  const gate = { open: Promise.resolve() };
  const clones = () =>
    createVoiceClones({
      file,
      account,
      async create({ hash }) {
        asked.creates++;
        await gate.open;
        if (voices.size >= room)
          return { kind: "full", message: `the limit of ${room} is reached` };
        const voice = `v${asked.creates}`;
        voices.set(voice, hash);
        return { kind: "made", voice };
      },
      async remove(voice) {
        asked.removed.push(voice);
        voices.delete(voice);
      },
      clock: () => time.now,
    });
  return { file, voices, asked, time, gate, clones };
}

test("a sample is cloned when it is first needed, and never again", async () => {
  const { clones, asked, file } = makeAccount();
  const first = clones().of(sampleOf("ann"));
  assert.equal(asked.creates, 0);
  assert.equal(await first.voiceId(options), "v1");
  assert.equal(await first.voiceId(options), "v1");
  assert.equal(await clones().of(sampleOf("ann")).voiceId(options), "v1");
  assert.equal(await clones().of(sampleOf("bob")).voiceId(options), "v2");
  assert.deepEqual(
    (await readVoiceCache(file)).cloned.map(({ voice }) => voice),
    ["v1", "v2"],
  );
});

test("all who need a sample at one time get the one clone, of one object or several", async () => {
  const { clones, asked, gate } = makeAccount();
  const held = Promise.withResolvers<void>();
  gate.open = held.promise;
  const [one, other] = [clones().of(sampleOf("ann")), clones().of(sampleOf("ann"))];
  const all = [one, one, other, one, other].map((clone) => clone.voiceId(options));
  held.resolve();
  assert.deepEqual(new Set(await Promise.all(all)), new Set(["v1"]));
  assert.equal(asked.creates, 1);
});

test("each account has its own clone of a sample", async () => {
  const file = newFile();
  const [first, second] = [makeAccount({ file }), makeAccount({ file, account: "a2" })];
  await first.clones().of(sampleOf("ann")).voiceId(options);
  await second.clones().of(sampleOf("ann")).voiceId(options);
  assert.deepEqual([first.asked.creates, second.asked.creates], [1, 1]);
});

test("whoever leaves does not end the clone for the others, nor for later", async () => {
  const { clones, asked, gate } = makeAccount();
  const held = Promise.withResolvers<void>();
  gate.open = held.promise;
  const clone = clones().of(sampleOf("ann"));
  const controller = new AbortController();
  const leaving = clone.voiceId({ signal: controller.signal });
  const staying = clone.voiceId(options);
  controller.abort();
  await assert.rejects(leaving, { code: "CANCELLED" });
  held.resolve();
  assert.equal(await staying, "v1");
  assert.equal(asked.creates, 1);
});

test("a failed clone is tried again by the next who needs it", async () => {
  let creates = 0;
  const clone = createVoiceClones({
    file: newFile(),
    account: "a1",
    async create() {
      if (++creates === 1) throw new AppError("SPEECH_FAILED", "out of order", { retryable: true });
      return { kind: "made", voice: "v" };
    },
    async remove() {},
  }).of(sampleOf("ann"));
  await assert.rejects(clone.voiceId(options), { code: "SPEECH_FAILED" });
  assert.equal(await clone.voiceId(options), "v");
});

test("a voice that is gone is replaced once for all who miss it", async () => {
  const { clones, asked, file } = makeAccount();
  const clone = clones().of(sampleOf("ann"));
  assert.equal(await clone.voiceId(options), "v1");
  const replaced = await Promise.all([1, 2, 3].map(() => clone.replace("v1", options)));
  assert.deepEqual(replaced, ["v2", "v2", "v2"]);
  assert.equal(await clone.replace("v1", options), "v2", "one who comes late");
  assert.equal(await clone.voiceId(options), "v2");
  assert.equal(await clones().of(sampleOf("ann")).replace("v1", options), "v2", "another object");
  assert.equal(asked.creates, 2);
  assert.equal((await readVoiceCache(file)).cloned.length, 1);
});

test("without room the voice of ours that was not used for longest makes way", async () => {
  const account = makeAccount({ room: 2 });
  const { time, voices, asked } = account;
  for (const name of ["ann", "bob"]) {
    await account.clones().of(sampleOf(name)).voiceId(options);
    time.now += 1000;
  }
  await account.clones().of(sampleOf("ann")).voiceId(options);
  time.now += 1000;
  assert.equal(await account.clones().of(sampleOf("cy")).voiceId(options), "v4");
  assert.deepEqual(asked.removed, ["v2"]);
  assert.deepEqual([...voices.keys()], ["v1", "v4"]);
});

test("a voice that is not ours never makes way, whoever noted it", async () => {
  const file = newFile();
  const other = makeAccount({ file, account: "other" });
  await other.clones().of(sampleOf("ann")).voiceId(options);
  const before = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...before, [sampleOf("x").hash]: "theirs" }));
  const { clones, voices, asked } = makeAccount({ file, room: 1 });
  voices.set("bought", "");
  await assert.rejects(clones().of(sampleOf("bob")).voiceId(options), {
    code: "SPEECH_REFUSED",
    message: /the limit of 1 is reached; none of its voices was made here: delete one/,
  });
  assert.deepEqual([asked.creates, asked.removed], [1, []]);
});

test("one voice makes way at most: the account may be full otherwise", async () => {
  const { clones, asked, voices } = makeAccount({ room: 1 });
  await clones().of(sampleOf("ann")).voiceId(options);
  voices.set("bought", "");
  await assert.rejects(clones().of(sampleOf("bob")).voiceId(options), { code: "SPEECH_REFUSED" });
  assert.deepEqual([asked.creates, asked.removed], [3, ["v1"]]);
});

test("a flat map of another program is used and kept as it is", async () => {
  const { clones, asked, file } = makeAccount();
  const theirs = { [sampleOf("ann").hash]: "theirs", [sampleOf("zoe").hash]: 7, note: { a: 1 } };
  await writeFile(file, JSON.stringify(theirs));
  assert.equal(await clones().of(sampleOf("ann")).voiceId(options), "theirs");
  assert.equal(await clones().of(sampleOf("zoe")).voiceId(options), "v1");
  assert.equal(await clones().of(sampleOf("ann")).replace("theirs", options), "v2");
  assert.equal(await clones().of(sampleOf("ann")).voiceId(options), "v2");
  assert.equal(asked.creates, 2);
  const { vocative: _, ...kept } = JSON.parse(await readFile(file, "utf8"));
  assert.deepEqual(kept, theirs);
});

for (const damaged of ["", "{", "[1]", "null", '"x"', "\u0000".repeat(50)]) {
  test(`a cache file of ${JSON.stringify(damaged.slice(0, 3))} is begun anew, and kept beside`, async () => {
    const { clones, file } = makeAccount();
    await writeFile(file, damaged);
    assert.equal(await clones().of(sampleOf("ann")).voiceId(options), "v1");
    assert.equal((await readVoiceCache(file)).cloned.length, 1);
    assert.equal(await readFile(`${file}.damaged`, "utf8"), damaged);
  });
}

test("a damaged entry costs that entry only", async () => {
  const { clones, file, asked } = makeAccount();
  await clones().of(sampleOf("ann")).voiceId(options);
  const content = JSON.parse(await readFile(file, "utf8"));
  content.vocative.cloned.push({ sample: 5 }, null);
  await writeFile(file, JSON.stringify(content));
  assert.equal(await clones().of(sampleOf("ann")).voiceId(options), "v1");
  assert.equal(asked.creates, 1);
});

test("a voice that cannot be noted is deleted again, and nothing is asked without a place for notes", async () => {
  const folder = join(root, "gone");
  await mkdir(folder);
  const { clones, asked, voices, gate } = makeAccount({ file: join(folder, "cache.json") });
  const held = Promise.withResolvers<void>();
  gate.open = held.promise;
  const cloning = clones().of(sampleOf("ann")).voiceId(options);
  while (asked.creates === 0) await new Promise((resolve) => setImmediate(resolve));
  await rm(folder, { recursive: true });
  held.resolve();
  await assert.rejects(cloning, { code: "OUTPUT_UNWRITABLE" });
  assert.deepEqual([asked.removed, voices.size], [["v1"], 0]);
  await assert.rejects(clones().of(sampleOf("ann")).voiceId(options), {
    code: "OUTPUT_UNWRITABLE",
  });
  assert.equal(asked.creates, 1);
});

test("only the owner can read the file, and nothing else is left beside it but the lock", async () => {
  const folder = join(root, "tidy");
  await mkdir(folder);
  const { clones, file } = makeAccount({ file: join(folder, "cache.json") });
  await clones().of(sampleOf("ann")).voiceId(options);
  assert.equal((await stat(file)).mode & 0o077, 0);
  assert.deepEqual(await readdir(folder), ["cache.json", "cache.json.lock"]);
});

test("a sample's voice is deleted on request, if we made it", async () => {
  const { clones, file, asked } = makeAccount();
  const [ann, bob] = [sampleOf("ann"), sampleOf("bob")];
  await writeFile(file, JSON.stringify({ [bob.hash]: "theirs" }));
  await clones().of(ann).voiceId(options);
  assert.equal(await clones().forget(ann.hash, options), true);
  assert.equal(await clones().forget(ann.hash, options), false);
  assert.equal(await clones().forget(bob.hash, options), false);
  assert.deepEqual(asked.removed, ["v1"]);
  assert.deepEqual((await readVoiceCache(file)).cloned, []);
});

test("three processes on one file lose nothing and clone each sample once", async () => {
  const file = newFile();
  const names = ["p", "q", "r"];
  const samples = 20;
  const told = await Promise.all(
    names.map(async (name) => {
      const child = fork(CHILD, [file, name, String(samples)]);
      const [[message], [code]] = await Promise.all([once(child, "message"), once(child, "exit")]);
      assert.equal(code, 0);
      return message as { voices: Record<string, string>; made: string[] }; // what the forked module sends
    }),
  );
  const made = told.flatMap((one) => one.made);
  assert.equal(made.length, samples / 2 + (names.length * samples) / 2);
  for (let index = 0; index < samples; index += 2) {
    assert.equal(new Set(told.map(({ voices }) => voices[`shared ${index}`])).size, 1);
  }
  const noted = (await readVoiceCache(file)).cloned.map(({ voice }) => voice);
  assert.deepEqual(noted.toSorted(), made.toSorted());
});

test("the lock of a killed process is free", async () => {
  const path = join(root, "killed.lock");
  const code = `import { withFileLock } from ${JSON.stringify(new URL("file-lock.ts", import.meta.url).href)};
    await withFileLock({ path: ${JSON.stringify(path)}, signal: new AbortController().signal }, async () => {
      process.send("locked");
      await new Promise(() => setInterval(() => {}, 1e6));
    });`;
  const script = join(root, "killed.mjs");
  await writeFile(script, code);
  const child = fork(script);
  await once(child, "message");
  const controller = new AbortController();
  const waiting = withFileLock({ path, signal: controller.signal }, async () => assert.fail());
  controller.abort();
  await assert.rejects(waiting, { code: "CANCELLED" });
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await withFileLock({ path, signal }, async () => "done"), "done");
});

test("an empty sample and one above 11 MB are refused", () => {
  const make = (bytes: number) =>
    createVoiceSample({ fileName: "A.MP3", bytes: new Uint8Array(bytes) });
  assert.throws(() => make(0), { code: "INVALID_OPTION", message: /is empty: give a recording/ });
  assert.throws(() => make(11 * 2 ** 20 + 1), { code: "MEDIA_TOO_LARGE", message: /11 MB are/ });
  assert.equal(make(11 * 2 ** 20).extension, ".mp3");
  const odd = createVoiceSample({ fileName: 'a.w"\r\nav', bytes: new Uint8Array(1) });
  assert.equal(odd.extension, "");
});
