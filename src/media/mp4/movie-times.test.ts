import assert from "node:assert/strict";
import { test } from "node:test";
import type { Box } from "./box.ts";
import {
  fieldBytes,
  readDurations,
  readField,
  readMovieHeader,
  readTrackTimes,
  type TrackTimes,
  writeDurations,
} from "./movie-times.ts";

const MOVIE_TIMESCALE = 1000;

/** A full box: version, flags, then numbers of 4 or, in version 1 where marked, 8 bytes. */
function fullBox(type: string, version: 0 | 1, numbers: (number | { wide: number })[]): Box {
  const parts = numbers.map((number) => {
    if (typeof number === "number") {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(number | 0);
      return bytes;
    }
    const bytes = Buffer.alloc(version === 1 ? 8 : 4);
    if (version === 1) bytes.writeBigInt64BE(BigInt(number.wide));
    else bytes.writeInt32BE(number.wide | 0);
    return bytes;
  });
  return { type, data: Buffer.concat([Buffer.of(version, 0, 0, 0), ...parts]) };
}

const clock = (type: string, version: 0 | 1, timescale: number, duration: number) =>
  fullBox(type, version, [{ wide: 11 }, { wide: 12 }, timescale, { wide: duration }, 0]);

type Edit = [duration: number, mediaTime: number, rate?: number];

function track(version: 0 | 1, edits: Edit[] | null): Box {
  const tkhd = fullBox("tkhd", version, [{ wide: 1 }, { wide: 2 }, 1, 0, { wide: 3000 }, 0]);
  const numbers = (edits ?? []).flatMap(([duration, mediaTime, rate = 0x10000]) => [
    { wide: duration },
    { wide: mediaTime },
    rate,
  ]);
  const elst = fullBox("elst", version, [edits?.length ?? 0, ...numbers]);
  const children: Box[] = [
    tkhd,
    { type: "mdia", children: [clock("mdhd", version, 44_100, 132_300)] },
  ];
  if (edits) children.push({ type: "edts", children: [elst] });
  return { type: "trak", children };
}

function times(trak: Box): TrackTimes {
  const read = readTrackTimes(trak, MOVIE_TIMESCALE);
  assert.ok(read);
  return read;
}

for (const version of [0, 1] as const) {
  test(`times of boxes of version ${version} are read where they stand`, () => {
    const read = times(
      track(version, [
        [250, -1],
        [2750, 1024],
      ]),
    );
    assert.equal(read.timescale, 44_100);
    assert.deepEqual([read.delay, read.mediaStart], [0.25, 1024]);
    assert.equal(readField(read.mediaDuration), 132_300);
    assert.equal(readField(read.trackDuration), 3000);
    assert.equal(read.editDuration && readField(read.editDuration), 2750);
    const header = readMovieHeader({ type: "moov", children: [clock("mvhd", version, 600, 1800)] });
    assert.deepEqual(header && [header.timescale, readField(header.duration)], [600, 1800]);
  });
}

test("without edits the media is shown from its beginning", () => {
  const read = times(track(0, null));
  assert.deepEqual([read.delay, read.mediaStart, read.editDuration], [0, 0, null]);
});

test("several stretches, another speed, or a pause behind the media are not simple", () => {
  for (const edits of [
    [
      [1000, 0],
      [1000, 44_100],
    ],
    [[1000, 0, 0x20000]],
    [
      [1000, 0],
      [500, -1],
    ],
  ] satisfies Edit[][]) {
    assert.equal(readTrackTimes(track(0, edits), MOVIE_TIMESCALE), null);
  }
});

test("boxes that are cut short anywhere, or do not tick, have no times", () => {
  const leaves = (box: Box): Box[] => ("children" in box ? box.children.flatMap(leaves) : [box]);
  // A track header also tells sizes and a matrix, of which nothing is needed here.
  for (const [index, needed] of [
    [0, 36],
    [1, 32],
    [2, 28],
  ] as const) {
    for (let length = 0; length < needed; length++) {
      const copy = track(1, [[3000, 0]]);
      const leaf = leaves(copy)[index];
      if (leaf && "data" in leaf) leaf.data = leaf.data.subarray(0, length);
      // Cut before its version, a box may pass for one of the shorter version 0.
      if (length > 0)
        assert.equal(readTrackTimes(copy, MOVIE_TIMESCALE), null, `${index}: ${length}`);
      else assert.doesNotThrow(() => readTrackTimes(copy, MOVIE_TIMESCALE));
    }
  }
  const still = clock("mvhd", 0, 0, 100);
  assert.equal(readMovieHeader({ type: "moov", children: [still] }), null);
  assert.equal(readMovieHeader({ type: "moov", children: [] }), null);
});

test("an edit list that promises more entries than it has is not read", () => {
  const trak = track(0, [[3000, 0]]);
  const elst = "children" in trak ? trak.children.at(-1) : undefined;
  const [box] = elst && "children" in elst ? elst.children : [];
  if (box && "data" in box) box.data.writeUInt32BE(0xffffffff, 4);
  assert.equal(readTrackTimes(trak, MOVIE_TIMESCALE), null);
});

test("numbers are written as a field holds them", () => {
  assert.deepEqual([...fieldBytes(4, 258.4)], [0, 0, 1, 2]);
  assert.deepEqual([...fieldBytes(8, 2 ** 40)], [0, 0, 1, 0, 0, 0, 0, 0]);
});

function durations(...numbers: number[]): Box {
  const stts = fullBox("stts", 0, [numbers.length / 2, ...numbers]);
  const stbl: Box = { type: "stbl", children: [stts] };
  return {
    type: "trak",
    children: [{ type: "mdia", children: [{ type: "minf", children: [stbl] }] }],
  };
}

test("the last sample gets a duration of its own, to be made longer in place", () => {
  const trak = durations(10, 1024, 0, 7, 5, 512);
  const runs = readDurations(trak);
  assert.deepEqual(runs, [
    { count: 10, delta: 1024 },
    { count: 5, delta: 512 },
  ]);
  writeDurations(trak, runs ?? []);
  const written = [
    [10, 1024],
    [4, 512],
    [1, 512],
  ].map(([count, delta]) => ({ count, delta }));
  assert.deepEqual(readDurations(trak), written);
  writeDurations(trak, readDurations(trak) ?? []);
  assert.deepEqual(readDurations(trak), written);
});

test("a duration table that is missing, or shorter than it says, is not read", () => {
  assert.equal(readDurations({ type: "trak", children: [] }), null);
  for (const length of [0, 4, 8, 15]) {
    const stts: Box = { type: "stts", data: Buffer.alloc(length) };
    if (length >= 8) stts.data.writeUInt32BE(1, 4);
    const stbl: Box = { type: "stbl", children: [stts] };
    const minf: Box = { type: "minf", children: [stbl] };
    assert.equal(
      readDurations({ type: "trak", children: [{ type: "mdia", children: [minf] }] }),
      null,
    );
  }
});
