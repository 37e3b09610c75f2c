import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { AppError } from "../../domain/app-error.ts";
import type { Face } from "../../domain/face.ts";
import { boundsOf } from "../landmarks/landmark-points.ts";
import type { LookTask } from "./lip-sync-task.ts";
import { createStretchStudies } from "./stretch-studies.ts";
import {
  faceAt,
  finderOf,
  numberedLook,
  poolWith,
  STRETCH,
  templateIn,
} from "./testing/studied-stretch.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "stretch-studies-"));
});
afterEach(() => rm(folder, { recursive: true }));

const never = new AbortController().signal;
const FACES = [faceAt({ x: 420, y: 180, width: 140 }), faceAt({ x: 160, y: 180, width: 90 })];

/** Studies with a pool that counts its looks, which wait for `gate` if there is one. */
function studies({
  facesIn = () => FACES,
  at = null,
  gate,
}: {
  facesIn?: (picture: number) => Face[];
  at?: { x: number; y: number } | null;
  gate?: Promise<void>;
} = {}) {
  const looks: { from: number; signal: AbortSignal }[] = [];
  const pool = poolWith({
    async look(task: LookTask, signal) {
      looks.push({ from: task.from, signal });
      await gate;
      if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
      return numberedLook(task);
    },
  });
  const faces = finderOf(facesIn);
  return { studyOf: createStretchStudies({ pool, faces, at }), looks, looked: faces.looked };
}

test("many recipients at one time and those after them share one look at each picture", async () => {
  const { studyOf, looked } = studies();
  const template = templateIn(folder);
  const all = await Promise.all(Array.from({ length: 50 }, () => studyOf(template, 0, never)));
  await studyOf(template, 0, never);
  assert.equal(looked.length, STRETCH.frames);
  for (const { file, stretch, faces } of all) {
    assert.deepEqual([file, stretch, faces.length], [path.join(folder, STRETCH.file), STRETCH, 20]);
  }
});

test("what was found is kept in the template's folder: another process looks at nothing", async () => {
  await studies().studyOf(templateIn(folder), 0, never);
  assert.deepEqual(await readdir(folder), ["stretch-0.mp4.face.json"]);
  const later = studies();
  const { faces } = await later.studyOf(templateIn(folder), 0, never);
  assert.deepEqual([faces.length, later.looked], [20, []]);
});

test("each choice of a face is kept for itself", async () => {
  const middle = ({ faces }: { faces: Face[] }) =>
    Math.round(boundsOf(faces[0]?.landmarks ?? new Float32Array()).x);
  const largest = await studies().studyOf(templateIn(folder), 0, never);
  const chosen = studies({ at: { x: 0.25, y: 0.5 } });
  const left = await chosen.studyOf(templateIn(folder), 0, never);
  assert.deepEqual([middle(largest), middle(left), chosen.looked.length], [420, 160, 20]);
  assert.deepEqual((await readdir(folder)).toSorted(), [
    "stretch-0.mp4.0.25,0.5.face.json",
    "stretch-0.mp4.face.json",
  ]);
});

test("one recipient that is cancelled while the face is looked for costs the others nothing", async () => {
  const gate = Promise.withResolvers<void>();
  const { studyOf, looked } = studies({ gate: gate.promise });
  const leaving = new AbortController();
  const first = assert.rejects(studyOf(templateIn(folder), 0, leaving.signal), {
    code: "CANCELLED",
  });
  const second = studyOf(templateIn(folder), 0, never);
  leaving.abort();
  await first;
  gate.resolve();
  assert.equal((await second).faces.length, 20);
  assert.equal(looked.length, STRETCH.frames);
});

test("when all are cancelled the search ends, and the next campaign begins it anew", async () => {
  const gate = Promise.withResolvers<void>();
  const { studyOf, looks } = studies({ gate: gate.promise });
  const leaving = new AbortController();
  const begun = studyOf(templateIn(folder), 0, leaving.signal);
  while (looks.length === 0) await new Promise(setImmediate);
  leaving.abort();
  await assert.rejects(begun, { code: "CANCELLED" });
  assert.ok(looks[0]?.signal.aborted);
  gate.resolve();
  assert.equal((await studyOf(templateIn(folder), 0, never)).faces.length, 20);
  assert.deepEqual(
    looks.map(({ from }) => from),
    [0, 0, 8, 16],
  );
});

test("pictures that do not suit are refused for every recipient, and looked at once", async () => {
  const { studyOf, looked } = studies({ facesIn: () => [] });
  for (let recipient = 0; recipient < 3; recipient++) {
    await assert.rejects(studyOf(templateIn(folder), 0, never), {
      code: "FACE_UNSUITABLE",
      message: /^at 2\.00 s of the base no face is seen .*keep the face in sight$/u,
    });
  }
  assert.equal(looked.length, STRETCH.frames);
  assert.deepEqual(await readdir(folder), ["stretch-0.mp4.face.json"]);
});

test("a failure is not kept, and neither is a damaged file", async () => {
  let fails = true;
  const { studyOf } = studies({
    facesIn() {
      if (fails) throw new AppError("FACE_FAILED", "the face worker ended", { retryable: true });
      return FACES;
    },
  });
  await assert.rejects(studyOf(templateIn(folder), 0, never), { code: "FACE_FAILED" });
  assert.deepEqual(await readdir(folder), []);
  fails = false;
  await writeFile(path.join(folder, "stretch-0.mp4.face.json"), '{"version":1,"stu');
  assert.equal((await studyOf(templateIn(folder), 0, never)).faces.length, 20);
  const later = studies();
  await later.studyOf(templateIn(folder), 0, never);
  assert.deepEqual(later.looked, [], "the damaged file was replaced");
});
