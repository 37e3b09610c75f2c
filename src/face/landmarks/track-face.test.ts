import assert from "node:assert/strict";
import { test } from "node:test";
import type { Face } from "../../domain/face.ts";
import { boundsOf, eyesDistance } from "./landmark-points.ts";
import { madeFace } from "./testing/made-face.ts";
import { smoothTrack } from "./track-face.ts";

function usable(faces: (Face | null)[]): Face[] {
  const track = smoothTrack(faces);
  return track.kind === "usable" ? track.frames : assert.fail(track.message);
}

function refused(faces: (Face | null)[]) {
  const track = smoothTrack(faces);
  assert.equal(track.kind, "refused");
  return track.kind === "refused" ? track : assert.fail();
}

const middles = (faces: Face[]) =>
  faces.map(({ landmarks }) => Math.round(boundsOf(landmarks).x * 100) / 100);
const at = (x: number, known: Partial<Face> = {}) => madeFace({ x, y: 300 }, known);
const tenFaces = (known: Partial<Face> = {}) => Array.from({ length: 10 }, () => at(500, known));

test("tremble is taken away, even motion is kept", () => {
  assert.deepEqual(middles(usable([at(500), at(504), at(500), at(504)])), [501, 502, 502, 503]);
  assert.deepEqual(middles(usable([at(500), at(510), at(520), at(530)])).slice(1, 3), [510, 520]);
});

test("yaw is smoothed with the landmarks", () => {
  const frames = usable([at(1, { yaw: 0 }), at(1, { yaw: 0.2 }), at(1, { yaw: 0 })]);
  assert.ok(Math.abs((frames[1]?.yaw ?? 0) - 0.1) < 1e-9);
});

test("a gap of two frames is bridged evenly, at the ends by its neighbour", () => {
  const bridged = usable([at(500), at(500), null, null, at(530), at(530)]);
  assert.deepEqual(middles(bridged), [500, 502.5, 510, 520, 527.5, 530]);
  assert.deepEqual(middles(usable([null, null, at(500), null])), [500, 500, 500, 500]);
});

test("a longer gap is refused with its place and length", () => {
  const { reason, frame, message } = refused([at(500), null, null, null, at(500)]);
  assert.deepEqual([reason, frame], ["no face", 1]);
  assert.match(message, /in 3 frames from frame 1 on: at most 2/u);
  assert.equal(refused([at(500), null, null, null]).frame, 1);
});

test("no frames, or frames without faces, are no track", () => {
  assert.equal(refused([]).reason, "no face");
  assert.equal(refused([null]).reason, "no face");
});

test("what is hardly a face counts as none", () => {
  const unsure = at(500, { score: 0.64 });
  assert.equal(refused([at(500), unsure, unsure, unsure]).reason, "no face");
  assert.equal(usable([at(500), unsure, at(500)]).length, 3);
});

test("a face that is turned away to either side is refused with the angle and the limit", () => {
  for (const yaw of [0.7, -0.7]) {
    const { reason, frame, message } = refused([...tenFaces(), ...tenFaces({ yaw })]);
    assert.deepEqual([reason, frame], ["turned away", 10]);
    assert.match(message, /turned \d+° in frame 10: at most 30°/u);
  }
  assert.equal(usable(tenFaces({ yaw: 0.45 })).length, 10);
});

test("a face that is too small is refused with its width", () => {
  const { reason, message } = refused([madeFace({ radius: 20 })]);
  assert.equal(reason, "too small");
  assert.match(message, /40 pixels wide in frame 0: it takes 64/u);
});

test("a covered mouth is refused, a doubt of one or two frames is not", () => {
  const covered = at(500, { mouthDoubt: 0.09 });
  const { reason, frame } = refused([...tenFaces(), covered, covered, covered, ...tenFaces()]);
  assert.deepEqual([reason, frame], ["mouth covered", 10]);
  assert.equal(usable([...tenFaces(), covered, covered, ...tenFaces()]).length, 22);
});

test("a face whose landmarks were set by hand has no doubt", () => {
  const { landmarks } = at(500);
  assert.equal(usable([{ landmarks, score: 1, yaw: 0 }]).length, 1);
});

test("the caller may set other bars", () => {
  const track = smoothTrack(tenFaces({ yaw: 0.7 }), { maxYaw: 0.8 });
  assert.equal(track.kind, "usable");
});

test("a face that is suddenly elsewhere, or larger, is refused with the frame", () => {
  const eyes = eyesDistance(at(500).landmarks);
  const shifted = at(500 + 0.3 * eyes);
  const { reason, frame } = refused([...tenFaces(), shifted, shifted, shifted]);
  assert.deepEqual([reason, frame], ["elsewhere", 10]);
  const larger = madeFace({ x: 500, y: 300, radius: 160 });
  assert.equal(refused([...tenFaces(), larger, larger]).reason, "elsewhere");
  assert.equal(refused([...tenFaces(), null, at(500 + eyes), at(500 + eyes)]).reason, "elsewhere");
});

test("a face may move fast as long as it does not begin and end at once", () => {
  const eyes = eyesDistance(at(500).landmarks);
  const steps = [0, 0, 0.1, 0.25, 0.25, 0.1, 0, 0];
  let x = 500;
  const moving = steps.map((step) => {
    x += step * eyes;
    return at(x);
  });
  assert.equal(usable(moving).length, steps.length);
});
