import assert from "node:assert/strict";
import { test } from "node:test";
import { writeFragment } from "./fragment.ts";

const sample = (bytes: number[], duration: number, key = false) => ({
  data: Uint8Array.from(bytes),
  duration,
  key,
});

test("a fragment tells when each sample is, and where its bytes are from the moof on", () => {
  const { bytes, offset } = writeFragment({
    sequence: 7,
    pictures: { time: 2 ** 33, samples: [sample([1, 2, 3], 512, true), sample([4], 512)] },
    sounds: { time: 1024, samples: [sample([8, 9], 1024, true)] },
  });
  assert.equal(bytes.readUInt32BE(0) + 8, offset);
  assert.deepEqual([...bytes.subarray(offset)], [1, 2, 3, 4, 8, 9]);
  assert.equal(bytes.readUInt32BE(bytes.indexOf("mfhd") + 8), 7);
  const time = bytes.indexOf("tfdt");
  assert.equal(bytes[time + 4], 1);
  assert.equal(bytes.readBigUInt64BE(time + 8), 2n ** 33n);
  const run = bytes.indexOf("trun");
  const words = Array.from({ length: 9 }, (_, i) => bytes.readUInt32BE(run + 4 + 4 * i));
  assert.deepEqual(words, [0x701, 2, offset, 512, 3, 0x0200_0000, 512, 1, 0x0101_0000]);
  const heard = bytes.indexOf("trun", run + 4);
  assert.equal(bytes.readUInt32BE(heard + 12), offset + 4);
});

test("a track without samples is left out", () => {
  const { bytes } = writeFragment({
    sequence: 1,
    pictures: { time: 0, samples: [sample([1], 512, true)] },
    sounds: { time: 0, samples: [] },
  });
  assert.equal(bytes.indexOf("traf"), bytes.lastIndexOf("traf"));
});
