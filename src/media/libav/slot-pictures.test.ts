import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import {
  AVCHROMA_LOC_TOPLEFT,
  AVCOL_PRI_BT470BG,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
} from "node-av/constants";
import { codedLuma, frameNumber } from "../../../test/support/frame-code.ts";
import { rotationMatrix } from "../../../test/support/make-media.ts";
import { NAL, nalType, unitsOfSample } from "../h264/nal-units.ts";
import { readSequenceParameters } from "../h264/parameter-sets.ts";
import {
  createSlotEncoder,
  encodeSlotPictures,
  readSlotPictures,
  type SlotPictureFormat,
  slotPictureFormat,
} from "./slot-pictures.ts";
import { createStretchFile } from "./stretch-file.ts";

const [WIDTH, HEIGHT] = [320, 180];
const FORMAT: SlotPictureFormat = {
  width: WIDTH,
  height: HEIGHT,
  frameRate: { num: 30_000, den: 1001 },
  sampleAspectRatio: { num: 4, den: 3 },
  colour: {
    primaries: AVCOL_PRI_BT470BG,
    transfer: AVCOL_TRC_SMPTE170M,
    space: AVCOL_SPC_SMPTE170M,
    range: AVCOL_RANGE_JPEG,
    chromaLocation: AVCHROMA_LOC_TOPLEFT,
  },
  displayMatrix: rotationMatrix(90),
  parameterSetId: 3,
};

let folder = "";
let like = "";
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "slot-pictures-"));
  like = path.join(folder, "stretch.mp4");
  using file = createStretchFile(like, FORMAT);
  for (let i = 0; i < 20; i++) file.add(picture(i));
  file.finish();
});
after(() => rmSync(folder, { recursive: true }));

/** Number `i` on a moving pattern, and some grain. */
function picture(i: number): Buffer {
  const bytes = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128);
  bytes.set(codedLuma(WIDTH, HEIGHT, i));
  let seed = i + 1;
  for (let at = 0; at < WIDTH * HEIGHT; at++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = (bytes[at] ?? 0) + ((seed >>> 24) % 9) - 4;
  }
  return bytes;
}

function psnr(a: Buffer, b: Buffer): number {
  const error = a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0) / a.length;
  return 10 * Math.log10(255 ** 2 / error);
}

function typesOf(unit: Uint8Array): number[] {
  return unitsOfSample(Buffer.from(unit)).map(nalType);
}

test("a stretch gives back its pictures nearly unchanged, and what they are to look like", () => {
  const { pictures, format } = readSlotPictures(like);
  assert.deepEqual(format, FORMAT);
  assert.equal(pictures.length, 20);
  for (const [i, bytes] of pictures.entries()) {
    assert.ok(psnr(bytes, picture(i)) > 45, `picture ${i}: ${psnr(bytes, picture(i))} dB`);
    assert.equal(frameNumber({ width: WIDTH, height: HEIGHT, luma: bytes }), i);
  }
});

test("new pictures are one slice each, key frames where they are asked for, with sets of their own", () => {
  const pictures = Array.from({ length: 20 }, (_, i) => picture(i));
  const { units, parameterSets } = encodeSlotPictures({ like, pictures, cuts: [7, 15, 20] });
  assert.equal(units.length, 20);
  for (const [i, unit] of units.entries()) {
    assert.deepEqual(typesOf(unit), [[0, 7, 15].includes(i) ? NAL.idr : NAL.slice], `picture ${i}`);
  }
  assert.deepEqual(readSequenceParameters(parameterSets.sps), {
    id: 3,
    plain: true,
    interlaced: false,
  });
});

test("the parameter sets depend on neither quality nor content", () => {
  const sets = [12, 18, 34].map((crf) => {
    using encoder = createSlotEncoder(slotPictureFormat(like), crf);
    return encoder.parameterSets;
  });
  const [first, ...others] = sets;
  for (const other of others) assert.deepEqual(other, first);
});

test("the same pictures give the same bytes", () => {
  const encode = () =>
    encodeSlotPictures({ like, pictures: [1, 2, 3, 4].map(picture), cuts: [4] }).units;
  assert.deepEqual(encode(), encode());
});

test("pictures that are given once only are made smaller until they fit", () => {
  function* once() {
    for (let i = 0; i < 12; i++) yield picture(i);
  }
  const bytesOf = ({ units }: { units: Uint8Array[] }) =>
    units.reduce((sum, unit) => sum + unit.length, 0);
  const free = bytesOf(encodeSlotPictures({ like, pictures: once(), cuts: [12] }));
  const maxBytes = Math.round(free / 3);
  const fitting = encodeSlotPictures({ like, pictures: once(), cuts: [12], maxBytes });
  assert.equal(fitting.units.length, 12);
  assert.ok(bytesOf(fitting) <= maxBytes);
});

test("pictures that fit at no quality, or have another size, are refused", () => {
  const pictures = [picture(0)];
  assert.throws(() => encodeSlotPictures({ like, pictures, cuts: [1], maxBytes: 100 }), {
    code: "RENDER_FAILED",
    message: /take \d+ bytes at the lowest quality and 100 are left/,
  });
  const small = [Buffer.alloc(64)];
  assert.throws(() => encodeSlotPictures({ like, pictures: small, cuts: [1] }), {
    code: "INVALID_OPTION",
    message: /has 64 bytes, not the 86400 of 320×180/,
  });
});
