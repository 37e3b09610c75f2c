import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodedFrameCount, decodeSound, describeMedia } from "../../../test/support/read-media.ts";
import { AppError } from "../../domain/app-error.ts";
import type { Face } from "../../domain/face.ts";
import { readStillPicture } from "../../media/still-picture.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import type { PortraitAnimator, TalkingRequest } from "../../ports/portrait-animator.ts";
import { drawAvatar } from "../avatar/draw-avatar.ts";
import type { EngineJob, FileEngine } from "./file-engine.ts";
import { createFilePortraitAnimator } from "./file-portrait-animator.ts";
import { pngFile } from "./png-file.ts";
import { makeMovie, never } from "./testing/engine-fixture.ts";

const SAMPLE_RATE = 24_000;
const avatar = drawAvatar(200);
const audio = {
  samples: Float32Array.from({ length: SAMPLE_RATE }, (_, i) => 0.4 * Math.sin(i / 9)),
  sampleRate: SAMPLE_RATE,
};

let root = "";
let image = "";
let animator: PortraitAnimator;
let jobs: { job: EngineJob; width: number; height: number }[] = [];
let movie = "";
/** The face that is found in the picture, when there is one. */
let found: Face[] = [];

const engine: FileEngine = {
  ...{ name: "stand-in", needs: "cpu", takes: ["picture"], cacheKey: "stand-in" },
  async run(job) {
    const { width, height } = await readStillPicture(job.face, { maxSide: 4096 });
    jobs.push({ job, width, height });
    assert.deepEqual((await readdir(job.folder)).sort(), ["face.png", "sound.wav"]);
    assert.equal((await readFile(job.audio)).readUInt32LE(24), 16_000);
    if (movie === "") throw new AppError("FACE_FAILED", "the engine failed");
    await writeFile(job.out, await readFile(movie));
  },
};
const faces: FaceFinder = { find: async () => found, close: async () => {} };

before(async () => {
  root = await mkdtemp(join(tmpdir(), "file-portrait-test-"));
  await mkdir(join(root, "work"));
  image = join(root, "a picture.png");
  await writeFile(image, pngFile(avatar.picture));
  animator = createFilePortraitAnimator({ engine, faces, workFolder: join(root, "work") });
});
after(async () => {
  await animator.close();
  await rm(root, { recursive: true });
});

async function animate(request: Partial<TalkingRequest> = {}) {
  jobs = [];
  found = [{ landmarks: avatar.landmarks, score: 0.99, yaw: 0 }];
  const out = join(root, "talk.mp4");
  await rm(out, { force: true });
  const frames: number[] = [];
  const video = await animator.animate(
    { image, audio, fps: 25, size: 128, crop: "face", out, ...request },
    { signal: never, onFrame: (made) => frames.push(made) },
  );
  return { video, out, frames };
}

test("a portrait says the whole sound, at the size and rate that were asked for, and is marked", async () => {
  movie = await makeMovie(root, { count: 25, width: 96, height: 96 });
  const { video, out, frames } = await animate();
  assert.deepEqual([video.frames, video.width, video.height, video.duration], [25, 128, 128, 1]);
  assert.ok(video.visemes.length > 0);
  assert.equal(decodedFrameCount(out), 25);
  const { video: picture, audio: sound } = describeMedia(out);
  assert.deepEqual([picture?.codec, picture?.width, picture?.height], ["h264", 128, 128]);
  assert.deepEqual([sound?.codec, sound?.sampleRate], ["aac", SAMPLE_RATE]);
  const heard = decodeSound(out).samples;
  assert.ok(Math.max(...heard.subarray(2000, 20_000)) > 0.35);
  assert.match((await readFile(out)).toString("latin1"), /Synthetic media/);
  assert.equal(frames.at(-1), 25);
  assert.deepEqual([jobs[0]?.width, jobs[0]?.height], [128, 128]);
  assert.deepEqual(jobs[0]?.job.speech, { start: 0, end: 1 });
  assert.deepEqual(await readdir(join(root, "work")), []);
});

test("the default avatar and whole pictures are given to the engine, too", async () => {
  movie = await makeMovie(root, { count: 25 });
  const { video } = await animate({ image: null, fps: 50 });
  assert.deepEqual([video.frames, jobs[0]?.job.fps, jobs[0]?.width], [50, 50, 128]);
  await animate({ crop: "whole" });
  assert.deepEqual([jobs[0]?.width, jobs[0]?.height], [128, 128]);
});

test("a result that was cut off, or none at all, leaves nothing", async () => {
  movie = await makeMovie(root, { count: 12 });
  await assert.rejects(animate(), { code: "FACE_FAILED", message: /12 of 25 pictures/ });
  movie = "";
  await assert.rejects(animate(), { code: "FACE_FAILED", message: "the engine failed" });
  assert.ok(!existsSync(join(root, "talk.mp4")));
  assert.deepEqual(
    (await readdir(root)).filter((name) => name.includes(".part")),
    [],
  );
  assert.deepEqual(await readdir(join(root, "work")), []);
});

test("a picture without a face is refused before the engine is asked", async () => {
  jobs = [];
  found = [];
  const out = join(root, "none.mp4");
  const running = animator.animate(
    { image, audio, fps: 25, size: 128, crop: "face", out },
    { signal: never },
  );
  await assert.rejects(running, { code: "NO_FACE" });
  assert.equal(jobs.length, 0);
});

test("what cannot be made is refused, as is an engine that starts from videos only", async () => {
  await assert.rejects(animate({ fps: 90 }), { code: "INVALID_OPTION", message: /fps 90/ });
  assert.throws(
    () => createFilePortraitAnimator({ engine: { ...engine, takes: ["video"] }, faces }),
    { code: "INVALID_OPTION", message: /stand-in makes no portrait talk/ },
  );
});
