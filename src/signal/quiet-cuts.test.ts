import assert from "node:assert/strict";
import { test } from "node:test";
import { quietCuts } from "./quiet-cuts.ts";

const RATE = 1000;
const OPTIONS = { sampleRate: RATE, longest: 10, search: 4 };

/** Noise with quiet stretches, `[from, to]` in seconds. */
function sound(seconds: number, quiet: [from: number, to: number][]): Float32Array {
  return Float32Array.from({ length: seconds * RATE }, (_, index) => {
    const time = index / RATE;
    return quiet.some(([from, to]) => time >= from && time < to) ? 0.001 : index % 2 ? 0.5 : -0.5;
  });
}

test("a sound that is short enough is not cut", () => {
  assert.deepEqual(quietCuts(sound(10, [[8, 9]]), OPTIONS), []);
  assert.deepEqual(quietCuts(new Float32Array(), OPTIONS), []);
});

test("a long sound is cut in its pauses, and never later than allowed", () => {
  const pauses: [number, number][] = [
    [7, 7.3],
    [15, 15.2],
  ];
  const cuts = quietCuts(sound(24, pauses), OPTIONS);
  assert.equal(cuts.length, 2);
  const [first = 0, second = 0] = cuts;
  assert.ok(first > 7000 && first < 7300 && second > 15_000 && second < 15_200, `${cuts}`);
});

test("a sound without pauses is cut all the same, and a silent one as late as may be", () => {
  const cuts = quietCuts(sound(35, []), OPTIONS);
  for (const [index, cut] of cuts.entries()) {
    const stretch = cut - (cuts[index - 1] ?? 0);
    assert.ok(stretch >= 6000 && stretch <= 10_000);
  }
  assert.ok(35_000 - (cuts.at(-1) ?? 0) <= 10_000);
  const [silent = 0] = quietCuts(new Float32Array(11 * RATE), OPTIONS);
  assert.ok(silent > 9900 && silent < 10_000);
});
