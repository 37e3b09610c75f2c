import assert from "node:assert/strict";
import { test } from "node:test";
import { drawAvatar } from "../avatar/draw-avatar.ts";
import {
  CHIN,
  EYE_LEFT_OUTER,
  EYE_RIGHT_OUTER,
  LIPS_INNER_UPPER,
} from "../landmarks/landmark-groups.ts";
import { eyesDistance, pointOf } from "../landmarks/landmark-points.ts";
import { planesOf, type Yuv420 } from "../portrait/planes.ts";
import { blendMouth, fadeShare } from "./blend-mouth.ts";

const { picture, landmarks } = drawAvatar(256);
const recorded = planesOf(picture);
const face = { landmarks };
const mouth = pointOf(landmarks, LIPS_INNER_UPPER[5]);
const unit = eyesDistance(landmarks);

/** An engine's picture: a dark mouth, noise everywhere else, all of it shifted in colour. */
function madePicture({ shift = 0, chroma = 0, noise = 0 } = {}): Yuv420 {
  const { width, height } = recorded;
  const y = recorded.y.map((value, at) => {
    const [dx, dy] = [(at % width) - mouth.x, Math.floor(at / width) - mouth.y];
    if (Math.hypot(dx / 0.2, dy / 0.12) < unit) return 20;
    return value + shift + (at % 2 === 0 ? noise : -noise);
  });
  return { width, height, y, u: recorded.u.map((value) => value + chroma), v: recorded.v.slice() };
}

const differences = (blended: Yuv420) =>
  Array.from(blended.y, (value, at) => value - (recorded.y[at] ?? 0));
const at = ({ x, y }: { x: number; y: number }) => Math.round(y) * recorded.width + Math.round(x);

test("the engine's mouth is taken, and nothing above the nose or outside of the face", () => {
  const blended = blendMouth({ recorded, made: madePicture({ noise: 8 }), face });
  assert.ok((blended.y[at(mouth)] ?? 255) < 30, String(blended.y[at(mouth)]));
  const changes = differences(blended);
  const chin = pointOf(landmarks, CHIN);
  for (const [index, change] of changes.entries()) {
    const [x, y] = [index % recorded.width, Math.floor(index / recorded.width)];
    const inside =
      y > mouth.y - 0.5 * unit && y < chin.y + 0.45 * unit && Math.abs(x - mouth.x) < 0.95 * unit;
    if (!inside) assert.equal(change, 0, `${x} ${y}`);
  }
  for (const eye of [EYE_LEFT_OUTER, EYE_RIGHT_OUTER]) {
    assert.equal(changes[at(pointOf(landmarks, eye))], 0);
  }
});

test("no box is seen: the edge is soft, and shifted colours are levelled at it", () => {
  const same = blendMouth({ recorded, made: madePicture({ shift: 10, chroma: 6 }), face });
  const changes = differences(same);
  const { width } = recorded;
  const inMouth = (index: number) => {
    const [dx, dy] = [(index % width) - mouth.x, Math.floor(index / width) - mouth.y];
    return Math.hypot(dx / 0.22, dy / 0.14) < unit;
  };
  const most = changes.reduce(
    (max, change, i) => (inMouth(i) ? max : Math.max(max, Math.abs(change))),
    0,
  );
  assert.ok(most <= 2, `${most} of 10 are left`);
  const chroma = same.u.reduce(
    (max, value, i) => Math.max(max, Math.abs(value - (recorded.u[i] ?? 0))),
    0,
  );
  assert.ok(chroma <= 1, `${chroma} of 6 are left`);
});

test("a plain difference grows over pixels, never at once", () => {
  const made: Yuv420 = {
    ...recorded,
    y: recorded.y.map((value) => (value < 128 ? value + 100 : value - 100)),
  };
  const blended = blendMouth({ recorded, made, face });
  const share = Array.from(blended.y, (value, i) => Math.abs(value - (recorded.y[i] ?? 0)) / 100);
  const { width } = recorded;
  let steepest = 0;
  for (let i = 0; i < share.length - width; i++) {
    if ((recorded.y[i] ?? 0) < 128 !== (recorded.y[i + 1] ?? 0) < 128) continue;
    if (i % width < width - 1)
      steepest = Math.max(steepest, Math.abs((share[i + 1] ?? 0) - (share[i] ?? 0)));
  }
  assert.ok(Math.max(...share) > 0.95, `${Math.max(...share)}`);
  assert.ok(steepest < 0.2, `${steepest}`);
});

test("with a share of nothing the recorded picture stays, and it is never written to", () => {
  const before = recorded.y.slice();
  const blended = blendMouth({ recorded, made: madePicture(), face, share: 0 });
  assert.deepEqual(blended, recorded);
  assert.deepEqual(recorded.y, before);
});

test("new pictures come in over three and go out over three", () => {
  const shares = (count: number) => Array.from({ length: count }, (_, i) => fadeShare(i, count));
  assert.deepEqual(shares(8), [0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25]);
  assert.deepEqual(shares(3), [0.25, 0.5, 0.25]);
  assert.deepEqual(shares(1), [0.25]);
});
