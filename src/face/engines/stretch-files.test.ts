import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { AppError } from "../../domain/app-error.ts";
import { probe } from "../../media/probe.ts";
import type { Yuv420 } from "../portrait/planes.ts";
import { type MadePictures, readMadePictures, writeStretchFiles } from "./stretch-files.ts";
import { makeMovie, numberedPictures } from "./testing/engine-fixture.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "stretch-files-test-"));
});
after(() => rm(root, { recursive: true }));

/** Numbers of pictures by their brightness in the middle. */
const numbersOf = (pictures: readonly Yuv420[]) =>
  pictures.map(({ y, width, height }) => ((y[(width * height) / 2 + width / 2] ?? 0) - 40) / 4);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const close = (numbers: number[], expected: number[]) => {
  assert.equal(numbers.length, expected.length);
  for (const [i, number] of numbers.entries()) {
    assert.ok(Math.abs(number - (expected[i] ?? -1)) < 0.4, `${i}: ${number}, not ${expected[i]}`);
  }
};
const wanted = { width: 64, height: 48, count: 20, frameSeconds: 1 / 25 };
const read = (file: string, more: Partial<MadePictures> = {}) =>
  readMadePictures({ file, ...wanted, ...more });

test("a stretch is written as H.264 at its rate without sound, and its sound at 16 kHz", async () => {
  const folder = await mkdtemp(join(root, "stretch-"));
  const audio = {
    samples: Float32Array.from(
      { length: 48_000 },
      (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / 48_000),
    ),
    sampleRate: 48_000,
  };
  const pictures = numberedPictures({ count: 30 });
  const frameSeconds = 1001 / 30_000;
  const files = await writeStretchFiles({ pictures, frameSeconds, audio, folder });
  const info = probe(files.face);
  assert.equal(info.audio, null);
  assert.deepEqual(
    [info.video?.codec, info.video?.width, info.video?.height, info.video?.frames],
    ["h264", 64, 48, 30],
  );
  assert.ok(Math.abs((info.video?.frameRate ?? 0) - 30_000 / 1001) < 1e-3);
  assert.ok(Math.abs(files.fps - 30_000 / 1001) < 1e-6);
  close(numbersOf(read(files.face, { count: 30, frameSeconds })), upTo(30));
  const wav = await readFile(files.audio);
  assert.deepEqual(
    [wav.readUInt32LE(24), wav.readUInt16LE(22), wav.readUInt16LE(34)],
    [16_000, 1, 16],
  );
  assert.equal((wav.length - 44) / 2, 16_000);
  let crossings = 0;
  for (let at = 46; at < wav.length; at += 2) {
    if (wav.readInt16LE(at - 2) < 0 !== wav.readInt16LE(at) < 0) crossings += 1;
  }
  assert.ok(Math.abs(crossings - 880) < 4, `${crossings}`);
});

test("pictures come back as they were made, at the size that is wanted; too many are left", async () => {
  const larger = await makeMovie(root, { count: 25, width: 128, height: 96 });
  const pictures = read(larger);
  close(numbersOf(pictures), upTo(20));
  const [first] = pictures;
  assert.deepEqual(
    [first?.width, first?.height, first?.y.length, first?.u.length, first?.v.length],
    [64, 48, 3072, 768, 768],
  );
  assert.ok(first?.u.every((value) => Math.abs(value - 128) <= 1));
});

test("two that are missing at the end are taken for the last one, more are a failure", async () => {
  const two = read(await makeMovie(root, { count: 18 }));
  close(numbersOf(two), [...upTo(18), 17, 17]);
  const three = await makeMovie(root, { count: 17 });
  assert.throws(
    () => read(three),
    (error: AppError) =>
      error.code === "FACE_FAILED" &&
      /17 of 20 pictures: its result was cut off/.test(error.message),
  );
});

test("a video of another rate gives the picture on show in the middle of each wanted one", async () => {
  const slower = await makeMovie(root, { count: 10, fps: 12.5 });
  close(
    numbersOf(read(slower)),
    upTo(20).map((i) => Math.floor(i / 2)),
  );
  const faster = await makeMovie(root, { count: 40, fps: 50 });
  close(
    numbersOf(read(faster)),
    upTo(20).map((i) => 2 * i + 1),
  );
  const cut = await makeMovie(root, { count: 30, fps: 50 });
  assert.throws(() => read(cut), { code: "FACE_FAILED" });
});
