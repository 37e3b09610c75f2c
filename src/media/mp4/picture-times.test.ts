import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../signal/seeded-random.ts";
import { type Box, findData } from "./box.ts";
import {
  evenTimes,
  type PictureTimes,
  readKeySamples,
  readPictureTimes,
  writeKeySamples,
  writePictureTimes,
} from "./picture-times.ts";

function emptyTrack(children: Box[] = []): Box {
  const stbl: Box = { type: "stbl", children };
  return {
    type: "trak",
    children: [{ type: "mdia", children: [{ type: "minf", children: [stbl] }] }],
  };
}

function timesOf(durations: number[], delays: number[]): PictureTimes {
  const dts = Float64Array.from(durations, (_, i) =>
    durations.slice(0, i).reduce((sum, one) => sum + one, 0),
  );
  const end = durations.reduce((sum, one) => sum + one, 0);
  return { dts, pts: dts.map((time, i) => time + (delays[i] ?? 0)), end };
}

test("times that are written are read again, negative delays too", () => {
  const random = seededRandom(3);
  for (let round = 0; round < 50; round++) {
    const count = 1 + Math.floor(random() * 40);
    const durations = Array.from({ length: count }, () => 1 + Math.floor(random() * 3));
    const delays = Array.from({ length: count }, () => Math.floor(random() * 4) - (round % 2));
    const times = timesOf(durations, delays);
    const track = emptyTrack();
    writePictureTimes(track, times, []);
    assert.deepEqual(readPictureTimes(track, count), times);
    assert.equal(readPictureTimes(track, count + 1), null);
  }
});

test("a part's samples share no entry with others", () => {
  const times = timesOf(Array(10).fill(5), Array(10).fill(2));
  const track = emptyTrack();
  const written = writePictureTimes(track, times, [{ first: 3, end: 6 }]);
  assert.deepEqual(written, {
    durations: [{ first: 1, count: 1 }],
    delays: [{ first: 1, count: 1 }],
  });
  const stts = findData(track, "mdia", "minf", "stbl", "stts");
  assert.deepEqual(
    [0, 1, 2].map((i) => [stts?.readUInt32BE(8 + 8 * i), stts?.readUInt32BE(12 + 8 * i)]),
    [
      [3, 5],
      [3, 5],
      [4, 5],
    ],
  );
});

test("without reordering there is no table of delays", () => {
  const track = emptyTrack([{ type: "ctts", data: Buffer.alloc(8) }]);
  const times = timesOf([4, 4], [0, 0]);
  assert.equal(writePictureTimes(track, times, []).delays, null);
  assert.equal(findData(track, "mdia", "minf", "stbl", "ctts"), undefined);
});

test("key samples are counted from zero, and all samples are when no table tells", () => {
  const track = emptyTrack();
  assert.equal(readKeySamples(track), null);
  writeKeySamples(track, [0, 12, 30]);
  assert.deepEqual(readKeySamples(track), [0, 12, 30]);
});

test("even times end where the interval ends, however they are rounded", () => {
  assert.deepEqual(evenTimes(10, 20, 4), [10, 13, 15, 18]);
  const times = evenTimes(0, 1001, 30);
  for (const [i, time] of times.entries()) assert.ok(Math.abs(time - (i * 1001) / 30) <= 0.5);
});
