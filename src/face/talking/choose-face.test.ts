import assert from "node:assert/strict";
import { test } from "node:test";
import { type Face, LANDMARKS } from "../../domain/face.ts";
import { chooseFace } from "./choose-face.ts";
import { facesAt } from "./faces-at.ts";

/** A face `side` pixels high and wide around a place. */
function faceAround(
  [x, y]: readonly [number, number],
  { side = 100, score = 1, yaw = 0 }: { side?: number; score?: number; yaw?: number } = {},
): Face {
  const landmarks = new Float32Array(2 * LANDMARKS);
  for (let at = 0; at < landmarks.length; at += 2) {
    const corner = at % 4 === 0 ? -side / 2 : side / 2;
    landmarks.set([x + corner, y + corner], at);
  }
  return { landmarks, score, yaw };
}

const picture = { width: 800, height: 400 };
const large = faceAround([200, 200], { side: 200 });
const small = faceAround([600, 200]);

test("the largest face is taken, and none that is hardly a face", () => {
  assert.equal(chooseFace([large, small], "a.png"), large);
  const alpaca = faceAround([200, 200], { side: 300, score: 0.64 });
  assert.equal(chooseFace([alpaca, small], "a.png"), small);
  for (const none of [[], [alpaca]]) {
    assert.throws(() => chooseFace(none, "/data/a.png"), {
      code: "NO_FACE",
      message: "no face was found in a.png: give a picture of one person who looks at the camera",
    });
  }
});

test("a profile is refused with its angle, to either side", () => {
  for (const yaw of [0.7, -0.7]) {
    assert.throws(() => chooseFace([faceAround([200, 200], { yaw })], "a.png"), {
      code: "FACE_UNSUITABLE",
      message: /turned away by 40°, at most 29° are possible: give a picture from the front/,
    });
  }
  assert.ok(chooseFace([faceAround([200, 200], { yaw: 0.4 })], "a.png"));
});

test("a face of a few pixels is refused with its height", () => {
  assert.throws(() => chooseFace([faceAround([200, 200], { side: 40 })], "a.png"), {
    code: "FACE_UNSUITABLE",
    message: /is 40 pixels high, at least 48 are needed/,
  });
});

test("a face is pointed at by a place on it or a little beside it", () => {
  const faces = [large, small];
  assert.deepEqual(facesAt({ x: 0.75, y: 0.5 }, { faces, picture }), [small]);
  assert.deepEqual(facesAt({ x: 0.25, y: 0.2 }, { faces, picture }), [large]);
  assert.deepEqual(facesAt({ x: 0, y: 0 }, { faces: [], picture }), []);
});

test("a place without a face is refused with the places of those that are there", () => {
  assert.throws(() => facesAt({ x: 0.95, y: 0.9 }, { faces: [large, small], picture }), {
    code: "NO_FACE",
    message:
      "no face was found at 0.95,0.9: give the place of one that was, 0.25,0.50 or 0.75,0.50",
  });
  assert.throws(() => facesAt({ x: 1.2, y: Number.NaN }, { faces: [large], picture }), {
    code: "INVALID_OPTION",
  });
});
