import assert from "node:assert/strict";
import { test } from "node:test";
import { FACE_OVAL } from "../../landmarks/landmark-groups.ts";
import { madeFace } from "../../landmarks/testing/made-face.ts";
import { type FaceBox, faceBoxes } from "./face-box.ts";

const NO_PADS = { top: 0, bottom: 0, left: 0, right: 0 };
const SIZE = { width: 640, height: 480 };
const listed = ({ left, top, right, bottom }: FaceBox) => [left, top, right, bottom];

/** A face whose outline spans this rectangle, its other landmarks elsewhere. */
function outlined(left: number, top: number, right: number, bottom: number) {
  const { landmarks } = madeFace({ x: 5, y: 5, radius: 2 });
  for (const [index, landmark] of FACE_OVAL.entries()) {
    landmarks[2 * landmark] = index % 2 === 0 ? left : right;
    landmarks[2 * landmark + 1] = index % 3 === 0 ? top : bottom;
  }
  return { landmarks };
}

test("a box is the outline from forehead to chin and ear to ear, in whole pixels, with its pads", () => {
  const face = outlined(100.9, 50.2, 200.7, 180.99);
  const [box] = faceBoxes([face], { pads: NO_PADS, ...SIZE });
  assert.deepEqual(box, { left: 100, top: 50, right: 200, bottom: 180 });
  const pads = { top: 1, bottom: 10, left: 3, right: 5 };
  const [padded] = faceBoxes([face], { pads, ...SIZE });
  assert.deepEqual(padded, { left: 97, top: 49, right: 205, bottom: 190 });
});

test("a box ends at the picture's edges", () => {
  const face = outlined(-20.5, -3, 700, 476);
  const [box] = faceBoxes([face], { pads: { top: 5, bottom: 10, left: 2, right: 2 }, ...SIZE });
  assert.deepEqual(box, { left: 0, top: 0, right: 640, bottom: 480 });
});

test("each box is the mean of five from its own on, rounded down; the last ones take the last five", () => {
  // numpy 2.4.6 with the published lines: an array of whole numbers, changed while it is read.
  const lefts = [100, 103, 101, 108, 120, 121, 119, 90];
  const faces = lefts.map((left) => outlined(left, 50, left + 100, 150));
  const boxes = faceBoxes(faces, { pads: NO_PADS, ...SIZE });
  assert.deepEqual(
    boxes.map(({ left }) => left),
    [106, 110, 113, 111, 112, 110, 108, 106],
  );
  assert.deepEqual(
    boxes.map(({ right }) => right),
    [206, 210, 213, 211, 212, 210, 208, 206],
  );
});

test("fewer pictures than five have one mean of all, and none have none", () => {
  const faces = [100, 104, 109].map((left) => outlined(left, 50, 200, 150));
  const boxes = faceBoxes(faces, { pads: NO_PADS, ...SIZE });
  assert.deepEqual(listed(boxes[0] ?? assert.fail()), [104, 50, 200, 150]);
  assert.equal(boxes.length, 3);
  assert.deepEqual(faceBoxes([], { pads: NO_PADS, ...SIZE }), []);
});

test("a face outside the picture, or with pads that leave nothing of it, is refused with its size", () => {
  const gone = outlined(700, 50, 800, 150);
  const here = outlined(100, 50, 200, 150);
  assert.throws(() => faceBoxes([here, gone], { pads: NO_PADS, ...SIZE }), {
    code: "FACE_UNSUITABLE",
    message:
      /^the face in picture 1 of the stretch has 0×100 pixels within the picture, at least 24×24/,
  });
  const narrow = { ...NO_PADS, left: -40, right: -41 };
  assert.throws(() => faceBoxes([here], { pads: narrow, ...SIZE }), /has 19×100 pixels/);
});
