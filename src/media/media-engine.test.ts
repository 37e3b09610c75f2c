import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeMedia } from "../../test/support/make-media.ts";
import { createMediaEngine, type MediaEngineOptions } from "./media-engine.ts";

const folder = mkdtempSync(path.join(tmpdir(), "vocative-engine-"));
after(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string) => path.join(folder, name);

const base = fileOf("base.mp4");
before(() => {
  makeMedia({
    file: base,
    container: "mp4",
    video: { codec: "h264" },
    audio: { codec: "aac", sampleRate: 44_100, channels: 1 },
    sound: [{ kind: "speech", seconds: 1 }],
  });
});

const { signal } = new AbortController();

function engineFor(
  t: { after(close: () => Promise<void>): void },
  options: MediaEngineOptions = {},
) {
  const media = createMediaEngine({ workers: 1, ...options });
  t.after(() => media.close());
  return media;
}

test("limits are those of the engine", async (t) => {
  const media = engineFor(t, { limits: { seconds: 0.5 } });
  await assert.rejects(media.probe(base, { signal }), {
    code: "MEDIA_TOO_LARGE",
    message: /base\.mp4 lasts 1 s, at most 0\.5 s/,
  });
});

test("a poster is made, and a file without a picture is refused", async (t) => {
  const media = engineFor(t);
  const file = fileOf("poster.jpg");
  await media.poster({ path: base, time: 0.5, file }, { signal });
  assert.ok(existsSync(file));
  const sound = fileOf("sound.wav");
  makeMedia({
    file: sound,
    container: "wav",
    video: null,
    audio: { codec: "pcm", sampleRate: 8000, channels: 1 },
    sound: [{ kind: "speech", seconds: 0.2 }],
  });
  await assert.rejects(media.poster({ path: sound, time: 0, file }, { signal }), {
    code: "NO_VIDEO",
  });
  await assert.rejects(media.poster({ path: fileOf("none.mp4"), time: 0, file }, { signal }), {
    code: "FILE_NOT_FOUND",
  });
});

test("a call gives up at its deadline, whatever it was doing", async (t) => {
  const media = engineFor(t);
  await assert.rejects(media.probe(base, { signal, deadlineMs: 1 }), {
    code: "WORKER_TIMEOUT",
    message: /the media worker took longer than 0\.001 s on .*base\.mp4: export the file again/,
  });
  assert.equal((await media.probe(base, { signal, deadlineMs: 60_000 })).audio?.codec, "aac");
});

test("what ended its worker twice is refused under any name for a while, by its content's hash", {
  skip: process.platform === "win32",
}, async (t) => {
  // A pipe that nobody writes to holds whoever opens it, in native code.
  const [first, second] = [fileOf("first.mp4"), fileOf("second.mp4")];
  execFileSync("mkfifo", [first, second]);
  const moment = { now: 0 };
  const media = engineFor(t, { deadlineMs: 200, clock: () => moment.now });
  const call = { signal, contentHash: "c0ffee" };
  const refused = (name: string) => ({
    code: "WORKER_TIMEOUT",
    message: new RegExp(`took longer than 0\\.2 s on .*${name}, twice: export the file again`),
  });
  await assert.rejects(media.probe(first, call), refused("first.mp4"));
  assert.equal(media.stats().deaths, 2);
  await assert.rejects(media.probe(second, call), refused("second.mp4"));
  const poster = { path: second, time: 0, file: fileOf("none.jpg") };
  await assert.rejects(media.poster(poster, call), refused("second.mp4"));
  assert.equal(media.stats().deaths, 2, "no worker was bothered");
  moment.now = 3600_000;
  await assert.rejects(media.probe(first, call), refused("first.mp4"));
  assert.equal(media.stats().deaths, 4);
});
