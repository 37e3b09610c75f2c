import assert from "node:assert/strict";
import { test } from "node:test";
import { boundsOf } from "./landmark-points.ts";
import { cropFace, portraitCrop } from "./portrait-crop.ts";
import { madeFace } from "./testing/made-face.ts";

test("the crop is 2.2 faces wide, with the face in its middle and a little more above", () => {
  const face = madeFace({ x: 900, y: 500, radius: 100 });
  const crop = portraitCrop(face, { width: 1920, height: 1080 });
  assert.deepEqual(crop, { side: 550, x: 625, y: 213 });
});

test("the crop stays in the picture, at its edge and when the picture is small", () => {
  const face = madeFace({ x: 110, y: 120, radius: 100 });
  assert.deepEqual(portraitCrop(face, { width: 800, height: 700 }), { side: 550, x: 0, y: 0 });
  assert.deepEqual(portraitCrop(face, { width: 800, height: 301 }), { side: 301, x: 0, y: 0 });
  const right = madeFace({ x: 700, y: 600, radius: 100 });
  assert.deepEqual(portraitCrop(right, { width: 800, height: 700 }), { side: 550, x: 250, y: 150 });
});

test("a face is in the crop's picture where it was in the whole", () => {
  const face = madeFace({ x: 900, y: 500, radius: 100 });
  const crop = { x: 600, y: 250, side: 500 };
  const cropped = cropFace(face, { crop, size: 250 });
  const { x, y, width } = boundsOf(cropped.landmarks);
  assert.deepEqual([x, y, width], [150, 125, 100]);
  assert.equal(cropped.score, face.score);
});
