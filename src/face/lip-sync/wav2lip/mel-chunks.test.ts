import assert from "node:assert/strict";
import { test } from "node:test";
import { MEL_BANDS, MEL_LEAST } from "./mel.ts";
import { CHUNK_COLUMNS, CHUNK_LENGTH, chunkStart, writeChunk } from "./mel-chunks.ts";

test("a picture hears the 16 columns from its time on, and the last pictures the last 16", () => {
  const starts = (rate: number, columns: number, pictures: number) =>
    Array.from({ length: pictures }, (_, i) => chunkStart(i, { columns, frameSeconds: 1 / rate }));
  // int(i · 80 / fps), up to the last that leaves 16 columns.
  assert.deepEqual(starts(25, 41, 12), [0, 3, 6, 9, 12, 16, 19, 22, 25, 25, 25, 25]);
  assert.deepEqual(starts(30, 1000, 7), [0, 2, 5, 8, 10, 13, 16]);
  assert.deepEqual(starts(24, 1000, 4), [0, 3, 6, 10]);
  assert.deepEqual(starts(50, 1000, 6), [0, 1, 3, 4, 6, 8]);
  assert.equal(chunkStart(30, { columns: 1000, frameSeconds: 1001 / 30_000 }), 80);
  assert.deepEqual(starts(25, 5, 3), [0, 0, 0]);
});

test("whole columns are met at any rate, however the frame's length is rounded", () => {
  for (const rate of [5, 10, 20, 25, 40, 80]) {
    for (let second = 1; second <= 60; second++) {
      const start = chunkStart(second * rate, { columns: 1e5, frameSeconds: 1 / rate });
      assert.equal(start, 80 * second, `${rate} pictures a second`);
    }
  }
});

test("a chunk has its columns of every band, and silence behind the sound's end", () => {
  const columns = 20;
  const values = Float32Array.from(
    { length: MEL_BANDS * columns },
    (_, i) => Math.floor(i / columns) / 100 + (i % columns) / 1e4,
  );
  const out = new Float32Array(2 * CHUNK_LENGTH).fill(9);
  writeChunk({ values, columns }, 3, out, CHUNK_LENGTH);
  assert.ok(out.subarray(0, CHUNK_LENGTH).every((value) => value === 9));
  for (const [band, column] of [
    [0, 0],
    [17, 15],
    [79, 8],
  ] as const) {
    const found = out[CHUNK_LENGTH + band * CHUNK_COLUMNS + column];
    assert.equal(found, values[band * columns + 3 + column]);
  }
  writeChunk({ values: values.subarray(0, MEL_BANDS * 2), columns: 2 }, 0, out, 0);
  assert.deepEqual(
    [...out.subarray(CHUNK_COLUMNS, CHUNK_COLUMNS + 3)],
    [values[2], values[3], MEL_LEAST],
  );
});
