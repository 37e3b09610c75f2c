import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeMedia } from "../../../test/support/make-media.ts";
import { audioPackets } from "../../../test/support/read-media.ts";
import { rms, sine } from "../../signal/test-signals.ts";
import { decodePackets } from "../libav/audio-decoder.ts";
import { type Input, openInput } from "../libav/input.ts";
import { requireAudio } from "../libav/timeline-audio.ts";
import { FRAME, type SpliceRequest, spliceAac } from "./splice.ts";
import { readAacWindow } from "./window.ts";

const RATE = 48_000;
const CHANGED = { first: 60, last: 75 };
const REACH = { before: 24, after: 24 };

let folder = "";
let input: Input;
let old: Buffer[] = [];
/** What the old packets sound like, decoded without a break. */
let sound: Float32Array;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "splice-test-"));
  const { file } = makeMedia({
    file: path.join(folder, "base.mp4"),
    container: "mp4",
    video: null,
    audio: { codec: "aac", sampleRate: RATE, channels: 1, bitRate: 160_000 },
    sound: [
      { kind: "speech", seconds: 0.2 },
      { kind: "silence", seconds: 1 },
      { kind: "speech", seconds: 0.2 },
      { kind: "silence", seconds: 1 },
      { kind: "speech", seconds: 0.6 },
    ],
  });
  input = openInput(file);
  old = audioPackets(file).map(({ data }) => data);
  sound = decode(old);
});
after(async () => {
  input[Symbol.dispose]();
  await rm(folder, { recursive: true });
});

function decode(packets: Buffer[]): Float32Array {
  return decodePackets(requireAudio(input), packets)[0] ?? new Float32Array();
}

/** The old sound with a tone over the changed frames, as a splice is asked for. */
function request(changes: Partial<SpliceRequest> = {}): SpliceRequest {
  const { first, last } = changes.changed ?? CHANGED;
  const plane = sound.slice();
  const seconds = ((last + 1 - first) * FRAME) / RATE;
  plane.set(sine({ seconds, sampleRate: RATE, amplitude: 0.3 }, 440), first * FRAME);
  return {
    planes: [plane],
    planesStart: 0,
    changed: CHANGED,
    range: { windows: old.map(readAacWindow), first: 0, last: old.length - 1, reachesEnd: false },
    reach: REACH,
    encoder: { codec: "aac", sampleRate: RATE, channels: 1, bitRate: 160_000 },
    ...changes,
  };
}

/** The spliced stream's sound, and the largest difference from what was meant, frame by frame. */
function listen(asked: SpliceRequest) {
  const splice = spliceAac(asked);
  assert.ok(splice);
  const end = splice.first + splice.packets.length;
  const heard = decode([...old.slice(0, splice.first), ...splice.packets, ...old.slice(end)]);
  const wanted = asked.planes[0] ?? new Float32Array();
  const errorOf = (frame: number): number => {
    let worst = 0;
    for (let i = frame * FRAME; i < (frame + 1) * FRAME; i++) {
      worst = Math.max(worst, Math.abs((heard[i] ?? 0) - (wanted[i] ?? 0)));
    }
    return worst;
  };
  return { ...splice, end, heard, errorOf };
}

test("the changed frames are heard, and so is everything around them, without a click at the joints", () => {
  const asked = request();
  const { first, end, heard, errorOf } = listen(asked);
  assert.equal(heard.length, sound.length);
  assert.ok(first <= CHANGED.first - 1 && end > CHANGED.last, "all that changes is replaced");
  for (const frame of [first, end]) {
    assert.ok(
      errorOf(frame) < 0.05,
      `an error of ${errorOf(frame)} at the joint in frame ${frame}`,
    );
  }
  const middle = heard.subarray(62 * FRAME, 74 * FRAME);
  assert.ok(Math.abs(rms(middle) - 0.3 / Math.SQRT2) < 0.01, "the tone is heard");
});

test("what is not replaced sounds as before", () => {
  const { first, end, heard } = listen(request());
  const untouched = Buffer.from(sound.buffer, 0, 4 * first * FRAME);
  assert.ok(Buffer.from(heard.buffer, 0, 4 * first * FRAME).equals(untouched));
  // A packet is heard in its own frame and in the next one. From there on the decoder's own noise, which
  // stands for bands that were not worth coding, may be another.
  for (let i = (end + 1) * FRAME; i < sound.length; i++) {
    assert.ok(Math.abs((heard[i] ?? 0) - (sound[i] ?? 0)) < 0.02, `sample ${i}`);
  }
});

test("joints are as near as the windows allow: few packets more than the change itself", () => {
  const { packets } = listen(request());
  const least = CHANGED.last - CHANGED.first + 2;
  assert.ok(packets.length >= least && packets.length <= least + 12, `${packets.length} packets`);
});

test("a change at the very beginning needs no joint before it", () => {
  const asked = request({ changed: { first: 0, last: 12 } });
  const { first, errorOf, end } = listen(asked);
  assert.equal(first, 0);
  assert.ok(errorOf(end) < 0.05);
});

test("a change that reaches the end replaces every packet up to it, and the sound may be longer", () => {
  const last = old.length - 1;
  const asked = request();
  const longer = new Float32Array(sound.length + 20 * FRAME);
  longer.set(sound);
  const seconds = (30 * FRAME) / RATE;
  longer.set(sine({ seconds, sampleRate: RATE, amplitude: 0.3 }, 440), sound.length - 10 * FRAME);
  const splice = spliceAac({
    ...asked,
    planes: [longer],
    changed: { first: last - 9, last: last + 20 },
    range: { ...asked.range, reachesEnd: true },
  });
  assert.ok(splice);
  assert.equal(splice.first + splice.packets.length - 1, last + 20);
  const heard = decode([...old.slice(0, splice.first), ...splice.packets]);
  assert.equal(heard.length, longer.length);
  const tail = heard.subarray(sound.length, sound.length + 15 * FRAME);
  assert.ok(rms(tail) > 0.2, "the name is heard beyond the old end");
});

test("planes that begin inside the track give the same packets as the whole track", () => {
  const whole = request();
  const start = 20;
  const part = request({
    planes: whole.planes.map((plane) => plane.slice(start * FRAME)),
    planesStart: start,
    range: {
      ...whole.range,
      windows: whole.range.windows.slice(start + 3),
      first: start + 3,
    },
  });
  assert.deepEqual(spliceAac(part), spliceAac(whole));
});

test("windows that ours cannot join, as Apple's sine ones, give no splice", () => {
  const { range } = request();
  const windows = range.windows.map((window) => window && { ...window, shape: 0 });
  assert.equal(spliceAac(request({ range: { ...range, windows } })), null);
  const unreadable = range.windows.map(() => null);
  assert.equal(spliceAac(request({ range: { ...range, windows: unreadable } })), null);
});

test("a joint is looked for no further than asked", () => {
  const { range } = request();
  // Only far away from the change do old and new windows agree.
  const windows = range.windows.map((window, frame) => {
    const far = frame < CHANGED.first - 18 || frame > CHANGED.last + 18;
    return window && far ? window : null;
  });
  const farOnly = request({ range: { ...range, windows } });
  assert.equal(spliceAac({ ...farOnly, reach: { before: 10, after: 10 } }), null);
  const { first, end, errorOf } = listen({ ...farOnly, reach: { before: 30, after: 30 } });
  assert.ok(first <= CHANGED.first - 18 && end >= CHANGED.last + 18);
  assert.ok(errorOf(first) < 0.05 && errorOf(end) < 0.05);
});
