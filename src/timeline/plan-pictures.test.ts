import assert from "node:assert/strict";
import { test } from "node:test";
import type { Edit } from "../domain/edit.ts";
import type { Slot } from "../domain/slot.ts";
import { picturesInterval, planPictures } from "./plan-pictures.ts";

const RATE = 48_000;
const SLOT: Slot = {
  start: 1,
  end: 1.6,
  room: { start: 0.4, end: 2 },
  foundBy: "silence",
  confidence: 1,
};
const STRETCH = {
  file: "stretch-1.mp4",
  width: 64,
  height: 64,
  start: 0.76,
  end: 1.96,
  frames: 30,
  cuts: [27, 30],
  maxBytes: 100_000,
};

/** A name that begins with the slot and lasts `seconds`; the sound becomes `longer` seconds longer. */
function editOf(seconds: number, longer = 0): Edit {
  const cut = { start: 0.94 * RATE, end: 1.95 * RATE };
  const clipLength = Math.round(seconds * RATE);
  const length = cut.end - cut.start + longer * RATE;
  return { cut, fill: { length, clipStart: 0.06 * RATE, clipLength }, fade: 576 };
}

const near = (value: number, wanted: number) =>
  assert.ok(Math.abs(value - wanted) < 1e-6, `${value} instead of ${wanted}`);

test("pictures are new from before the name, where it is quiet, until before the next word", () => {
  const { start, end } = picturesInterval(SLOT, 10);
  near(start, 0.76);
  near(end, 1.94);
});

test("between two words little more than the name's own pictures are new", () => {
  const { start, end } = picturesInterval({ ...SLOT, room: { start: 1, end: 1.6 } }, 10);
  near(start, 0.92);
  near(end, 1.68);
});

test("of a long pause no more is new than a long name needs, and nothing beyond the base", () => {
  near(picturesInterval({ ...SLOT, room: { start: 0, end: 9 } }, 10).end, 4);
  const last = picturesInterval({ ...SLOT, room: { start: 0, end: 2.5 } }, 2.5);
  near(last.end, 2.5);
  near(picturesInterval({ ...SLOT, start: 0.1 }, 10).start, 0.02);
});

test("a short name needs the pictures in which the base says its own, and some to come to rest", () => {
  const { sources, frameSeconds, speechStart } = planPictures({
    stretch: STRETCH,
    slot: SLOT,
    edit: editOf(0.3),
    sampleRate: RATE,
  });
  assert.equal(sources.length, 27);
  assert.deepEqual(
    sources,
    sources.map((_, picture) => picture),
  );
  near(frameSeconds, 0.04);
  near(speechStart, 0.24);
});

test("a longer name needs all of them", () => {
  const { sources } = planPictures({
    stretch: STRETCH,
    slot: SLOT,
    edit: editOf(0.9),
    sampleRate: RATE,
  });
  assert.equal(sources.length, STRETCH.frames);
});

test("where the sound becomes longer all pictures are shown for longer, none is left out, and they end with it", () => {
  for (const longer of [0.01, 0.37, 1.024, 4]) {
    const plan = planPictures({
      stretch: STRETCH,
      slot: SLOT,
      edit: editOf(0.9 + longer, longer),
      sampleRate: RATE,
    });
    near(plan.frameSeconds * plan.sources.length, 1.2 + longer);
    assert.ok(Math.abs(plan.frameSeconds - 0.04) <= 0.04 / 30, `${plan.frameSeconds} s a picture`);
    assert.equal(new Set(plan.sources).size, STRETCH.frames);
    assert.deepEqual(
      plan.sources,
      plan.sources.toSorted((a, b) => a - b),
    );
    assert.equal(plan.sources.at(-1), STRETCH.frames - 1);
  }
});
