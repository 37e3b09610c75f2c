import assert from "node:assert/strict";
import { test } from "node:test";
import type { Face } from "../../domain/face.ts";
import { boundsOf } from "../landmarks/landmark-points.ts";
import type { LookTask } from "./lip-sync-task.ts";
import { type StretchStudy, studyStretch } from "./study-stretch.ts";
import { faceAt, finderOf, numberedLook, STRETCH } from "./testing/studied-stretch.ts";

const { signal } = new AbortController();

/** Studies a stretch of 20 pictures from 2 s on in which faces are as told. */
async function study(
  facesIn: (picture: number) => Face[],
  { at = null, scale = 1 }: { at?: { x: number; y: number } | null; scale?: number } = {},
) {
  const tasks: LookTask[] = [];
  const faces = finderOf(facesIn);
  const look = (task: LookTask) => {
    tasks.push(task);
    return numberedLook(task, scale);
  };
  const found = await studyStretch({ file: "a.mp4", stretch: STRETCH, at, look, faces, signal });
  return { found, tasks, looked: faces.looked };
}

/** The middle of the face in each picture, or the refusal. */
function middles(found: StretchStudy): { x: number; y: number }[] {
  assert.ok(found.kind === "usable", JSON.stringify(found));
  return found.faces.map(({ landmarks }) => {
    const { x, y } = boundsOf(landmarks);
    return { x: Math.round(x), y: Math.round(y) };
  });
}

function refusal(found: StretchStudy): string {
  assert.ok(found.kind === "refused", found.kind);
  return found.message;
}

const LARGE = faceAt({ x: 420, y: 180, width: 140 });
const SMALL = faceAt({ x: 160, y: 180, width: 90 });

test("each picture is looked at once, a few at a time and none larger than it takes", async () => {
  const { tasks, looked } = await study(() => [LARGE]);
  assert.deepEqual(
    looked,
    Array.from({ length: 20 }, (_, picture) => picture),
  );
  assert.deepEqual(
    tasks.map(({ from, to }) => [from, to]),
    [
      [0, 8],
      [8, 16],
      [16, 20],
    ],
  );
  assert.ok(tasks.every(({ file, maxSide }) => file === "a.mp4" && maxSide === 1280));
});

test("of two faces the larger one speaks, or the one that was pointed at", async () => {
  const both = () => [LARGE, SMALL];
  const largest = await study(both);
  assert.deepEqual(new Set(middles(largest.found).map(({ x }) => x)), new Set([420]));
  const chosen = await study(both, { at: { x: 0.25, y: 0.5 } });
  assert.deepEqual(new Set(middles(chosen.found).map(({ x }) => x)), new Set([160]));
});

test("a face is followed as it moves, also past another one", async () => {
  const moving = (picture: number) => [
    faceAt({ x: 200 + 8 * picture, y: 150, width: 120 }),
    faceAt({ x: 500 - 8 * picture, y: 250, width: 100 }),
  ];
  const { found } = await study(moving);
  const xs = middles(found).map(({ x }) => x);
  for (const [picture, x] of xs.entries()) {
    assert.ok(Math.abs(x - (200 + 8 * picture)) <= 3, `picture ${picture} at ${x}`);
  }
});

test("in pictures that were made smaller the face is where the large picture has it", async () => {
  const { found } = await study(() => [faceAt({ x: 105, y: 45, width: 70 })], { scale: 3 });
  assert.deepEqual(middles(found)[7], { x: 315, y: 135 });
});

test("two pictures without a face are bridged, a face that leaves is told with its time in the base", async () => {
  const blinking = await study((picture) => (picture === 9 || picture === 10 ? [] : [LARGE]));
  assert.equal(middles(blinking.found).length, 20);
  const leaving = await study((picture) => (picture < 15 ? [LARGE] : []));
  // 2 s and 15 pictures of 40 ms.
  assert.match(
    refusal(leaving.found),
    /^at 2\.60 s of the base no face is seen in 5 frames .*keep the face in sight$/u,
  );
});

test("a face that is turned away, too small or hardly one is refused with time, bar and remedy", async () => {
  const turning = await study((picture) => [{ ...LARGE, yaw: picture < 10 ? 0 : 0.7 }]);
  assert.match(
    refusal(turning.found),
    /^at 2\.40 s of the base the face is turned \d+° .*at most 30°.*look towards the camera$/u,
  );
  const small = await study(() => [faceAt({ x: 100, y: 100, width: 40 })]);
  assert.match(
    refusal(small.found),
    /^at 2\.00 s of the base the face is (39|40) pixels wide .*it takes 64, give a larger picture/u,
  );
  const unsure = await study(() => [{ ...LARGE, score: 0.6 }]);
  assert.match(refusal(unsure.found), /^at 2\.00 s of the base no face is seen in 20 frames/u);
});

test("a picture that cannot be read and a finder that fails end the study with their error", async () => {
  const given = { file: "a.mp4", stretch: STRETCH, at: null, signal };
  const faces = finderOf(() => [LARGE]);
  const look = () => Promise.reject(new Error("unreadable"));
  await assert.rejects(studyStretch({ ...given, look, faces }), /unreadable/u);
  const failing = finderOf(() => {
    throw new Error("no memory");
  });
  await assert.rejects(
    studyStretch({ ...given, look: numberedLook, faces: failing }),
    /no memory/u,
  );
});
