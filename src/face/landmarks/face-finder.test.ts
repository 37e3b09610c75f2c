import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Face, Picture } from "../../domain/face.ts";
import { createFaceFinder } from "./face-finder.ts";
import {
  EYE_LEFT_LOWER,
  EYE_LEFT_UPPER,
  EYE_RIGHT_LOWER,
  EYE_RIGHT_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
} from "./landmark-groups.ts";
import { boundsOf, pointOf } from "./landmark-points.ts";
import { type DrawnFace, drawnFaces, EYES, MOUTH } from "./testing/drawn-face.ts";
import { TRACK_GATES } from "./track-face.ts";

const { signal } = new AbortController();
const size = { width: 400, height: 300 };

describe("the face finder", () => {
  const finder = createFaceFinder();
  after(() => finder.close());

  const find = (picture: Picture) => finder.find(picture, { signal });
  const findDrawn = (...faces: DrawnFace[]) => find(drawnFaces(size, faces));
  const only = (faces: Face[]): Face => {
    assert.equal(faces.length, 1);
    return faces[0] ?? assert.fail();
  };

  test("a face's eyes and mouth are found where they are, in one that is tilted, too", async () => {
    for (const angle of [0, 0.15, -0.6, 1.2]) {
      const drawn = { x: 210, y: 140, radius: 50, angle };
      const { landmarks, score, yaw } = only(await findDrawn(drawn));
      assert.ok(score > 0.95, `score ${score}`);
      assert.ok(Math.abs(yaw) < 0.07, `yaw ${yaw}`);
      const places = [
        [[...EYE_LEFT_UPPER, ...EYE_LEFT_LOWER], { x: -EYES.x, y: EYES.y }],
        [[...EYE_RIGHT_UPPER, ...EYE_RIGHT_LOWER], EYES],
        [[...LIPS_OUTER_UPPER, ...LIPS_OUTER_LOWER], MOUTH],
      ] as const;
      for (const [group, place] of places) {
        const expected = inPicture(drawn, place);
        const found = middleOf(landmarks, group);
        const off = Math.hypot(found.x - expected.x, found.y - expected.y);
        assert.ok(off < 4, `${off} pixels off at angle ${angle}`);
      }
    }
  });

  test("faces come the largest first", async () => {
    const faces = await findDrawn({ x: 90, y: 130, radius: 40 }, { x: 280, y: 140, radius: 55 });
    assert.deepEqual(
      faces.map(({ landmarks }) => Math.round(boundsOf(landmarks).x / 100)),
      [3, 1],
    );
  });

  test("a hand before the mouth raises the doubt, not the score", async () => {
    const free = only(await findDrawn({ x: 210, y: 140, radius: 60 }));
    const covered = only(await findDrawn({ x: 210, y: 140, radius: 60, hand: true }));
    assert.ok((free.mouthDoubt ?? 1) < TRACK_GATES.maxMouthDoubt, `${free.mouthDoubt}`);
    assert.ok((covered.mouthDoubt ?? 0) > TRACK_GATES.maxMouthDoubt, `${covered.mouthDoubt}`);
    assert.ok(covered.score > 0.8);
  });

  test("the same picture gives the same numbers", async () => {
    const first = await findDrawn({ x: 210, y: 140, radius: 50 });
    assert.deepEqual(await findDrawn({ x: 210, y: 140, radius: 50 }), first);
  });

  test("grey, noise and pictures of a pixel have no face", async () => {
    let seed = 1;
    const noise = () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed >> 16;
    };
    const shapes = [
      [1, 1],
      [1, 3000],
      [320, 240],
    ] as const;
    for (const [width, height] of shapes) {
      const grey = new Uint8Array(width * height * 3).fill(128);
      assert.deepEqual(await find({ width, height, pixels: grey }), []);
      assert.deepEqual(await find({ width, height, pixels: grey.map(noise) }), []);
    }
  });

  test("two pictures at once are both looked at", async () => {
    const [one, none] = await Promise.all([
      findDrawn({ x: 210, y: 140, radius: 50 }),
      find({ width: 2, height: 2, pixels: new Uint8Array(12) }),
    ]);
    assert.deepEqual([one.length, none.length], [1, 0]);
    assert.equal(finder.pids().length, 1);
  });

  test("a picture that is too large is refused with the limit, before its pixels are touched", async () => {
    const pixels = new Uint8Array();
    const refusal = { code: "MEDIA_TOO_LARGE", message: /16000 × 16000 .* 50 million .*scale/u };
    await assert.rejects(find({ width: 16_000, height: 16_000, pixels }), refusal);
    const thread = { width: 1, height: 40_000_000, pixels };
    await assert.rejects(find(thread), { code: "MEDIA_TOO_LARGE", message: /20000 on a side/u });
  });

  test("a picture whose size and bytes do not agree is refused", async () => {
    const pixels = new Uint8Array(11);
    await assert.rejects(find({ width: 2, height: 2, pixels }), {
      code: "FACE_FAILED",
      message: "a picture of 2 × 2 pixels takes 12 bytes of RGB, not 11",
    });
    for (const width of [0, -1, 1.5, Number.NaN]) {
      await assert.rejects(find({ width, height: 2, pixels }), { code: "FACE_FAILED" });
    }
  });

  test("a search that is cancelled rejects at once and the next one is served", async () => {
    const abort = new AbortController();
    const search = finder.find(drawnFaces(size, []), { signal: abort.signal });
    abort.abort();
    await assert.rejects(search, { code: "CANCELLED" });
    assert.equal((await findDrawn({ x: 210, y: 140, radius: 50 })).length, 1);
    const before = finder.find(drawnFaces(size, []), { signal: AbortSignal.abort() });
    await assert.rejects(before, { code: "CANCELLED" });
  });
});

test("no process is started before the first picture, none is left after closing", async () => {
  const finder = createFaceFinder();
  assert.deepEqual(finder.pids(), []);
  const picture = drawnFaces({ width: 8, height: 8 }, []);
  assert.deepEqual(await finder.find(picture, { signal }), []);
  const [pid = assert.fail("no process")] = finder.pids();
  await finder.close();
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  await assert.rejects(finder.find(picture, { signal }), {
    code: "FACE_FAILED",
    message: "the face finder has been closed",
  });
});

test("a child that passes its memory limit fails its picture in the words of the port", async (t) => {
  const finder = createFaceFinder({ memoryLimitBytes: 60 * 2 ** 20 });
  t.after(() => finder.close());
  // Looked at for two seconds, so that the watch on its memory comes first.
  const thread = { width: 20_000, height: 1, pixels: new Uint8Array(60_000) };
  await assert.rejects(finder.find(thread, { signal }), {
    code: "FACE_FAILED",
    message: /the face worker needed more than 60 MB/u,
  });
});

function inPicture({ x, y, radius, angle = 0 }: DrawnFace, place: { x: number; y: number }) {
  const [cos, sin] = [Math.cos(angle) * radius, Math.sin(angle) * radius];
  return { x: x + place.x * cos - place.y * sin, y: y + place.x * sin + place.y * cos };
}

function middleOf(landmarks: Float32Array, group: readonly number[]) {
  const points = group.map((landmark) => pointOf(landmarks, landmark));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
}
