import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import {
  AVCHROMA_LOC_LEFT,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from "node-av/constants";
import { rotationMatrix } from "../../../test/support/make-media.ts";
import { createStretchFile } from "../../media/libav/stretch-file.ts";
import { createRangeReader, createStretchPictures } from "./stretch-pictures.ts";

const [WIDTH, HEIGHT, FRAMES] = [64, 32, 12];
let folder = "";
let file = "";
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "stretch-pictures-"));
  file = path.join(folder, "stretch.mp4");
  using stretch = createStretchFile(file, {
    ...{ width: WIDTH, height: HEIGHT, frameRate: { num: 25, den: 1 } },
    sampleAspectRatio: { num: 1, den: 1 },
    colour: {
      primaries: AVCOL_PRI_BT709,
      transfer: AVCOL_TRC_BT709,
      space: AVCOL_SPC_BT709,
      range: AVCOL_RANGE_JPEG,
      chromaLocation: AVCHROMA_LOC_LEFT,
    },
    displayMatrix: rotationMatrix(90),
    parameterSetId: 1,
  });
  for (let i = 0; i < FRAMES; i++) stretch.add(picture(i));
  stretch.finish();
});
after(() => rmSync(folder, { recursive: true }));

/** White on the left, black on the right, and a strip whose grey tells the number. */
function picture(number: number): Buffer {
  const bytes = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128);
  for (let row = 0; row < HEIGHT; row++) {
    bytes.fill(255, row * WIDTH, row * WIDTH + 16);
    bytes.fill(0, row * WIDTH + 16, (row + 1) * WIDTH);
    bytes.fill(100 + 10 * number, row * WIDTH + 32, row * WIDTH + 48);
  }
  return bytes;
}

const near = (a: number | undefined, b: number) => Math.abs((a ?? -99) - b) <= 2;

test("pictures are worked on upright and in limited range, and go back as they came", () => {
  const { pictures, sideways, bytesOf } = createStretchPictures()(file);
  assert.deepEqual([pictures.length, sideways], [FRAMES, true]);
  const [first] = pictures;
  assert.ok(first);
  assert.deepEqual([first.width, first.height], [HEIGHT, WIDTH]);
  assert.ok(near(first.y[0], 235) && near(first.y.at(-1), 16), "white above, black below");
  const back = bytesOf(first);
  const original = picture(0);
  assert.equal(back.length, original.length);
  assert.ok(back.every((level, i) => near(level, original[i] ?? 0)));
});

test("a range is read on from where the last one ended, and anew from anywhere else", () => {
  const read = createRangeReader();
  const numbers = (from: number, to: number) =>
    read(file, from, to).pictures.map(({ y }) => {
      const level = ((y[40 * HEIGHT] ?? 0) - 16) * (255 / 219);
      return Math.round((level - 100) / 10);
    });
  assert.deepEqual(numbers(0, 3), [0, 1, 2]);
  assert.deepEqual(numbers(3, 5), [3, 4]);
  assert.deepEqual(numbers(2, 4), [2, 3]);
  assert.deepEqual(numbers(10, 20), [10, 11]);
  assert.deepEqual(numbers(0, 1), [0]);
});
