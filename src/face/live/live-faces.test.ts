import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { setImmediate as eventsServed } from "node:timers/promises";
import { SYNTHETIC_TAGS } from "../../domain/synthetic-media.ts";
import { openInput } from "../../media/libav/input.ts";
import type { LiveFragment, LivePortrait } from "../../ports/live-face.ts";
import { createLiveFaces } from "./live-faces.ts";

const REQUEST = { image: null, fps: 25, size: 128 };
const signal = new AbortController().signal;
const faces = { find: async () => [], close: async () => {} };
const code = (expected: string) => (error: unknown) =>
  (error as { code?: string }).code === expected;

function audio(seconds: number) {
  const samples = Float32Array.from({ length: seconds * 16_000 }, (_, i) => 0.3 * Math.sin(i / 10));
  return { samples, sampleRate: 16_000 };
}

describe("live faces", () => {
  const live = createLiveFaces({ faces, pool: 1 });
  let portrait: LivePortrait;
  let folder = "";
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "vocative-live-"));
    portrait = await live.open(REQUEST, { signal });
  });
  after(async () => {
    await live.close();
    rmSync(folder, { recursive: true });
  });

  test("an open portrait is taken up again", async () => {
    assert.equal(await live.open(REQUEST, { signal }), portrait);
    assert.notEqual(await live.open({ ...REQUEST, fps: 20 }, { signal }), portrait);
    assert.deepEqual([portrait.width, portrait.height, portrait.fps], [128, 128, 25]);
    assert.match(portrait.mimeType, /^video\/mp4; codecs="avc1\.42C0[0-9A-F]{2},mp4a\.40\.2"$/);
    assert.ok(live.memory() > 0);
  });

  test("an answer is handed over before what is said resolves, and saved as it was", async () => {
    const fragments: LiveFragment[] = [];
    const answer = portrait.begin({ onFragment: (fragment) => fragments.push(fragment) });
    const { end, visemes } = await answer.say({ audio: audio(1) });
    const said = fragments.reduce((sum, { duration }) => sum + duration, 0);
    assert.ok(said > end - 0.2 && said <= end, `${said} of ${end}`);
    assert.equal(visemes.at(-1)?.end, end);
    await answer.wait(0.4);
    const length = await answer.end();
    const last = fragments.at(-1);
    assert.ok(last && Math.abs(last.start + last.duration - length) < 1e-9);
    const file = path.join(folder, "answer.mp4");
    assert.deepEqual(await answer.save(file), { duration: length, frames: length * 25 });
    using input = openInput(file);
    assert.equal(input.format.metadata?.get("comment"), SYNTHETIC_TAGS.comment);
    const seconds = [input.video, input.audio].map((stream) => {
      assert.ok(stream);
      return Number(stream.duration) * (stream.timeBase.num / stream.timeBase.den);
    });
    assert.ok(
      seconds.every((one) => Math.abs(one - length) < 0.001),
      `${seconds}`,
    );
    const missing = path.join(folder, "none", "answer.mp4");
    await assert.rejects(answer.save(missing), code("OUTPUT_UNWRITABLE"));
    await assert.rejects(answer.say({ audio: audio(1) }), code("FACE_FAILED"));
  });

  test("a cancelled answer rejects what was begun, and others go on", async () => {
    const one = portrait.begin({ onFragment: () => one.cancel() });
    const other = portrait.begin({ onFragment: () => {} });
    const said = other.say({ audio: audio(1) });
    const waiting = one.wait(1);
    const cancelled = assert.rejects(one.say({ audio: audio(2) }), code("CANCELLED"));
    await Promise.all([cancelled, assert.rejects(waiting, code("CANCELLED"))]);
    await said;
    await other.end();
    await assert.rejects(one.save(path.join(folder, "cancelled.mp4")), code("CANCELLED"));
    assert.equal(existsSync(path.join(folder, "cancelled.mp4")), false);
  });

  test("answers at once share a process by turns", async () => {
    const order: string[] = [];
    const say = async (name: string) => {
      const answer = portrait.begin({ onFragment: () => order.push(name) });
      await answer.say({ audio: audio(2) });
      answer.cancel();
    };
    await Promise.all([say("a"), say("b")]);
    const firstOfB = order.indexOf("b");
    assert.ok(firstOfB > 0 && firstOfB < 12, `${order.join("")}`);
    assert.ok(order.lastIndexOf("a") > firstOfB + 5);
  });

  test("a process that ends fails its answers, and the next one begins in another", async () => {
    const answer = portrait.begin({ onFragment: () => {} });
    await answer.say({ audio: audio(1) });
    for (const pid of live.pids()) process.kill(pid, "SIGKILL");
    await assert.rejects(answer.say({ audio: audio(1) }), code("FACE_FAILED"));
    const next = portrait.begin({ onFragment: () => {} });
    await next.say({ audio: audio(1) });
    assert.ok((await next.end()) > 1);
  });

  test("what is not allowed is told", async () => {
    await assert.rejects(live.open({ ...REQUEST, fps: 12 }, { signal }), code("INVALID_OPTION"));
    await assert.rejects(live.open({ ...REQUEST, size: 127 }, { signal }), code("INVALID_OPTION"));
  });
});

test("processes that nobody uses end, and a portrait talks again when it is needed", async () => {
  const live = createLiveFaces({ faces, pool: 1, unloadAfterMs: 1 });
  const portrait = await live.open(REQUEST, { signal });
  while (live.pids().length > 0) await eventsServed();
  const answer = portrait.begin({ onFragment: () => {} });
  await answer.say({ audio: audio(1) });
  assert.equal(live.pids().length, 1);
  await answer.end();
  await live.close();
  assert.deepEqual(live.pids(), []);
  assert.throws(() => portrait.begin({ onFragment: () => {} }), code("CANCELLED"));
});
