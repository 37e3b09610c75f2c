import assert from "node:assert/strict";
import { test } from "node:test";
import { pointOf } from "../../landmarks/landmark-points.ts";
import { chromaOf, type Yuv420 } from "../../portrait/planes.ts";
import { faceBoxes } from "./face-box.ts";
import { CROP, CROP_AREA, FACE_LENGTH, MADE_LENGTH, writeFace } from "./face-crop.ts";
import { mouthMask } from "./mouth-mask.ts";
import { pasteFace } from "./paste-face.ts";
import { copyOf, SPEAKER, slowPicture } from "./testing/speaker-picture.ts";

const PADS = { top: 0, bottom: 10, left: 0, right: 0 };
/** The middle of the upper lip's lower edge, and a place on the chin's skin. */
const LIP = pointOf(SPEAKER.landmarks, 13);
const SKIN = { x: LIP.x, y: LIP.y + 52 };

/** A picture with the face that a network makes of it. */
function pasted(
  picture: Yuv420,
  network: (seen: Float32Array) => Float32Array,
  { share = 1 } = {},
): Yuv420 {
  const [box] = faceBoxes([SPEAKER], { pads: PADS, ...picture });
  assert.ok(box);
  const face = new Float32Array(FACE_LENGTH);
  writeFace(picture, box, face, 0);
  const seen = face.subarray(FACE_LENGTH - MADE_LENGTH);
  const out = copyOf(picture);
  const mask = mouthMask(SPEAKER.landmarks, box);
  pasteFace(out, { seen, made: network(seen), box, mask, share });
  return out;
}

/** The largest difference of two pictures where `where` holds, of luma and of chroma. */
function apart(a: Yuv420, b: Yuv420, where: (x: number, y: number) => boolean = () => true) {
  let [luma, chroma] = [0, 0];
  for (let at = 0; at < a.y.length; at++) {
    if (!where(at % a.width, Math.floor(at / a.width))) continue;
    luma = Math.max(luma, Math.abs((a.y[at] ?? 0) - (b.y[at] ?? 0)));
  }
  const columns = chromaOf(a.width);
  for (let at = 0; at < a.u.length; at++) {
    if (!where(2 * (at % columns), 2 * Math.floor(at / columns))) continue;
    chroma = Math.max(chroma, Math.abs((a.u[at] ?? 0) - (b.u[at] ?? 0)));
    chroma = Math.max(chroma, Math.abs((a.v[at] ?? 0) - (b.v[at] ?? 0)));
  }
  return { luma, chroma };
}

const levelAt = ({ y, width }: Yuv420, at: { x: number; y: number }) =>
  y[Math.round(at.y) * width + Math.round(at.x)] ?? Number.NaN;
/** As if nothing was said: what was seen. */
const same = (seen: Float32Array) => seen;
const brighter = (by: number) => (seen: Float32Array) => seen.map((value) => value + by);
const grey = (level: number) => () => new Float32Array(MADE_LENGTH).fill(level);

test("a network that changes nothing gives the picture back, cut out, made and put back", () => {
  const picture = slowPicture();
  const { luma, chroma } = apart(pasted(picture, same), picture);
  assert.ok(luma <= 2 && chroma <= 2, `${luma}, ${chroma}`);
});

test("away from the lips the recorded detail stays, which 96 pixels cannot hold", () => {
  const picture = slowPicture({ grain: 20 });
  const atLips = (x: number, y: number) => Math.abs(x - LIP.x) < 65 && Math.abs(y - LIP.y) < 55;
  const back = pasted(picture, same);
  assert.deepEqual(
    apart(back, picture, (x, y) => !atLips(x, y)),
    { luma: 0, chroma: 0 },
  );
  assert.ok(apart(back, picture, atLips).luma > 5);
  const lit = pasted(picture, brighter(0.02));
  for (let x = SKIN.x - 8; x <= SKIN.x + 8; x++) {
    const change = levelAt(lit, { x, y: SKIN.y }) - levelAt(picture, { x, y: SKIN.y });
    assert.ok(change >= 2 && change <= 6, `${change} at ${x}`);
  }
});

test("the mouth is the network's, in its colour", () => {
  const back = pasted(slowPicture({ grain: 20 }), grey(0.9));
  for (let dx = -30; dx <= 30; dx += 5) {
    const level = levelAt(back, { x: LIP.x + dx, y: LIP.y });
    assert.ok(Math.abs(level - (16 + 0.9 * 219)) <= 1, `${level}`);
  }
  const at = Math.round(LIP.y / 2) * chromaOf(back.width) + Math.round(LIP.x / 2);
  assert.ok(Math.abs((back.u[at] ?? 0) - 128) <= 1 && Math.abs((back.v[at] ?? 0) - 128) <= 1);
});

test("blue, green and red of the network are blue, green and red of the picture", () => {
  const colours = [
    { plane: 0, u: 240, v: 118 },
    { plane: 2, u: 102, v: 240 },
  ];
  for (const { plane, u, v } of colours) {
    const made = new Float32Array(MADE_LENGTH);
    made.fill(1, plane * CROP_AREA, (plane + 1) * CROP_AREA);
    const back = pasted(slowPicture(), () => made);
    const at = Math.round(LIP.y / 2) * chromaOf(back.width) + Math.round(LIP.x / 2);
    assert.deepEqual([back.u[at], back.v[at]], [u, v]);
  }
});

test("outside the box, above the nose and at the box's edges nothing changes, and no edge is seen", () => {
  const picture = slowPicture();
  const flat = { ...picture, y: picture.y.map(() => 100) };
  const back = pasted(flat, grey(0.8));
  const [box] = faceBoxes([SPEAKER], { pads: PADS, ...picture });
  assert.ok(box);
  const nose = pointOf(SPEAKER.landmarks, 1).y;
  const outside = (x: number, y: number) =>
    x <= box.left + 1 || x >= box.right - 2 || y >= box.bottom - 2 || y < nose - 3;
  assert.deepEqual(apart(back, flat, outside), { luma: 0, chroma: 0 });
  let steepest = 0;
  for (let y = 1; y < flat.height; y++) {
    for (let x = 1; x < flat.width; x++) {
      const level = levelAt(back, { x, y });
      const beside = Math.abs(level - levelAt(back, { x: x - 1, y }));
      const above = Math.abs(level - levelAt(back, { x, y: y - 1 }));
      steepest = Math.max(steepest, beside, above);
    }
  }
  assert.ok(steepest <= 12, `a step of ${steepest} of 91 levels`);
});

test("half a share shows half of the change, and none leaves the picture as it is", () => {
  const picture = slowPicture();
  const whole = levelAt(pasted(picture, grey(0.9)), LIP) - levelAt(picture, LIP);
  const half = levelAt(pasted(picture, grey(0.9), { share: 0.5 }), LIP) - levelAt(picture, LIP);
  assert.ok(Math.abs(half - whole / 2) <= 1, `${half} of ${whole}`);
  const none = pasted(picture, grey(0.9), { share: 0 });
  assert.deepEqual(apart(none, picture), { luma: 0, chroma: 0 });
});

test("a face at the edge of a picture with odd sides is put back within it", () => {
  const picture = slowPicture({ width: 161, height: 203 });
  const back = pasted(picture, same);
  const { luma, chroma } = apart(back, picture);
  assert.ok(luma <= 2 && chroma <= 2, `${luma}, ${chroma}`);
  assert.notEqual(levelAt(pasted(picture, grey(0.9)), LIP), levelAt(picture, LIP));
  assert.equal(CROP_AREA, CROP * CROP);
});
