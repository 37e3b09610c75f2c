import assert from "node:assert/strict";
import { test } from "node:test";
import { followFace } from "./follow-face.ts";
import { madeFace } from "./testing/made-face.ts";

const large = (x: number) => madeFace({ x, y: 200, radius: 100 });
const small = (x: number) => madeFace({ x, y: 200, radius: 60 });

test("the largest face of the clip is followed to both ends, whatever order the frames have", () => {
  const [a, b, c] = [large(300), large(330), madeFace({ x: 350, y: 190, radius: 105 })];
  const frames = [
    [small(700), a],
    [b, small(690)],
    [c, small(690)],
  ];
  assert.deepEqual(followFace(frames), [a, b, c]);
});

test("the face at a point of the picture is followed when one is given", () => {
  const [a, b] = [small(700), small(690)];
  const frames = [
    [large(300), a],
    [large(330), b],
  ];
  assert.deepEqual(followFace(frames, { at: { x: 640, y: 210 } }), [a, b]);
});

test("a face that is lost for a while is found again where it may have come to", () => {
  const [a, b] = [large(300), large(500)];
  assert.deepEqual(followFace([[a], [], [b]]), [a, null, b]);
});

test("a face elsewhere in the next frame is another one", () => {
  const a = large(300);
  assert.deepEqual(followFace([[small(700)], [a], [small(700)], []]), [null, a, null, null]);
});

test("frames without faces have none", () => {
  assert.deepEqual(followFace([[], []]), [null, null]);
  assert.deepEqual(followFace([]), []);
});
