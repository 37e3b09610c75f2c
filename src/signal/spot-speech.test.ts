import assert from "node:assert/strict";
import { test } from "node:test";
import { alignSpeech } from "./align-speech.ts";
import { seededRandom } from "./seeded-random.ts";
import { spotSpeech } from "./spot-speech.ts";

const random = seededRandom(3);

/** Vectors of length 1 that have nothing to do with each other, but neighbours that are alike. */
function sounds(count: number): Float32Array[] {
  let last = new Float32Array(24);
  return Array.from({ length: count }, () => {
    const next = last.map((value) => 0.7 * value + random() - 0.5);
    const length = Math.hypot(...next);
    last = next.map((value) => value / length);
    return last;
  });
}

/** Frames `from` to `to` at another pace. */
function paced(frames: readonly Float32Array[], from: number, to: number, pace: number) {
  const length = Math.round((to - from) / pace);
  return Array.from(
    { length },
    (_, i) => frames[from + Math.floor(i * pace)] ?? new Float32Array(),
  );
}

test("a sequence is found where it is in a longer one, frame by frame, at its own and another pace", () => {
  const heard = sounds(600);
  for (const pace of [1, 0.7, 1.5]) {
    const sought = paced(heard, 200, 280, pace);
    const [spot] = spotSpeech(sought, heard);
    assert.ok(spot && Math.abs(spot.start - 200) <= 2 && Math.abs(spot.end - 280) <= 2, `${pace}`);
    assert.ok(spot.cost < 0.1, `cost ${spot.cost}`);
    const middle = spot.place(sought.length / 2);
    assert.ok(Math.abs(middle - 240) <= 3, `middle at ${middle}`);
  }
});

test("places come the best first, and none twice", () => {
  const word = sounds(60);
  const changed = word.map((vector) => vector.map((value, i) => (i < 3 ? -value : value)));
  const heard = [...sounds(100), ...changed, ...sounds(100), ...word, ...sounds(100)];
  const [first, second, third] = spotSpeech(word, heard, 3);
  assert.ok(first && second && third);
  assert.ok(Math.abs(first.start - 260) <= 1 && Math.abs(second.start - 100) <= 1);
  assert.ok(first.cost < second.cost && second.cost < third.cost);
});

test("the cost of a part is that of its frames", () => {
  const heard = sounds(200);
  const sought = [...heard.slice(50, 90), ...sounds(20)];
  const [spot] = spotSpeech(sought, heard);
  assert.ok(spot && spot.costBetween(0, 35) < 0.1 && spot.costBetween(45, 59) > 0.3);
});

test("nothing is found in nothing, and no more than a sequence of twice the length can hold", () => {
  assert.deepEqual(spotSpeech([], sounds(10)), []);
  assert.deepEqual(spotSpeech(sounds(10), []), []);
  assert.deepEqual(spotSpeech(sounds(50), sounds(10)), []);
});

test("two sequences that say the same are aligned, pauses and all", () => {
  const [before, word, after, pause] = [sounds(50), sounds(40), sounds(60), sounds(1)];
  const quiet = (frames: number) => Array.from({ length: frames }, () => pause[0] ?? before[0]);
  const first = [...before, ...quiet(5), ...word, ...quiet(5), ...after].flatMap((v) => v ?? []);
  const second = [...before, ...quiet(30), ...word, ...quiet(2), ...after].flatMap((v) => v ?? []);
  const alignment = alignSpeech(first, second);
  assert.ok(alignment && alignment.cost < 0.01);
  assert.equal(alignment.place(56), 81);
  assert.equal(alignment.place(94), 119);
  assert.ok((alignment.costBetween(55, 94) ?? 1) < 0.01);
  assert.equal(alignSpeech([], second), null);
  assert.equal(alignSpeech(first, []), null);
});
