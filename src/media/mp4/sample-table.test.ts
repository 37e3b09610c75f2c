import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../signal/seeded-random.ts";
import { type Box, boxSize, findBox, findData } from "./box.ts";
import { readSampleTable, type SampleTable, writeSampleTable } from "./sample-table.ts";

function trackWith(...tables: Box[]): Box {
  const stbl: Box = { type: "stbl", children: tables };
  return {
    type: "trak",
    children: [{ type: "mdia", children: [{ type: "minf", children: [stbl] }] }],
  };
}

/** A full box with 32-bit numbers behind version and flags. */
function table(type: string, ...numbers: number[]): Box {
  const data = Buffer.alloc(4 + 4 * numbers.length);
  numbers.forEach((number, i) => {
    data.writeUInt32BE(number, 4 + 4 * i);
  });
  return { type, data };
}

const stblTypes = (trak: Box) => {
  const stbl = findBox(trak, "mdia", "minf", "stbl");
  return stbl && "children" in stbl ? stbl.children.map(({ type }) => type) : [];
};

/** Samples in runs of a few with holes between, as other tracks leave them. */
function randomTable(random: () => number, first: number, count: number): SampleTable {
  const sizes = new Uint32Array(count);
  const offsets = new Float64Array(count);
  let at = first;
  for (let i = 0; i < count; i++) {
    if (random() < 0.3) at += Math.floor(random() * 100_000);
    sizes[i] = random() < 0.05 ? 0 : Math.floor(random() * 2000);
    offsets[i] = at;
    at += sizes[i] ?? 0;
  }
  return { sizes, offsets };
}

test("what is written is read again, also beyond 4 GB", () => {
  const random = seededRandom(1);
  for (const first of [0, 1000, 2 ** 32 - 40_000, 2 ** 40]) {
    for (let i = 0; i < 30; i++) {
      const samples = randomTable(random, first, Math.floor(random() * 300));
      const chunkStarts = new Set(Array.from({ length: 10 }, () => Math.floor(random() * 300)));
      const trak = trackWith();
      writeSampleTable(trak, samples, { chunkStarts, spareBytes: 0 });
      assert.deepEqual(readSampleTable(trak), samples);
      const wide = samples.offsets.some((offset) => offset > 0xffffffff);
      assert.deepEqual(stblTypes(trak), ["stsc", wide ? "co64" : "stco", "stsz"]);
    }
  }
});

test("samples that follow each other share a chunk, except where one must begin", () => {
  const sizes = Uint32Array.of(10, 20, 30, 40, 50, 60);
  const offsets = Float64Array.of(100, 110, 130, 160, 500, 550);
  const trak = trackWith();
  writeSampleTable(trak, { sizes, offsets }, { chunkStarts: new Set([2, 4]), spareBytes: 0 });
  const stco = findData(trak, "mdia", "minf", "stbl", "stco");
  assert.deepEqual(
    [...Array(3).keys()].map((i) => stco?.readUInt32BE(8 + 4 * i)),
    [100, 130, 500],
  );
  assert.equal(stco?.readUInt32BE(4), 3);
});

test("a chunk that may grow has a run of its own, whose number is told", () => {
  const sizes = new Uint32Array(6).fill(10);
  const offsets = Float64Array.of(0, 10, 100, 110, 200, 210);
  const trak = trackWith();
  const places = { chunkStarts: new Set([2, 4]), spareBytes: 0 };
  assert.deepEqual(
    [...writeSampleTable(trak, { sizes, offsets }, places)],
    [
      [2, 1],
      [4, 2],
    ],
  );
  const stsc = findData(trak, "mdia", "minf", "stbl", "stsc");
  const runs = [0, 1, 2].map((i) => [
    stsc?.readUInt32BE(8 + 12 * i),
    stsc?.readUInt32BE(12 + 12 * i),
  ]);
  assert.deepEqual(
    [stsc?.readUInt32BE(4), runs],
    [
      3,
      [
        [1, 2],
        [2, 2],
        [3, 2],
      ],
    ],
  );
});

test("other tables stay in front; sample groups, which belong to the old runs, go", () => {
  const trak = trackWith(
    { type: "stsd", data: Buffer.from("description") },
    table("stsz", 0, 0),
    { type: "sgpd", data: Buffer.alloc(4) },
    { type: "sbgp", data: Buffer.alloc(4) },
    { type: "stts", data: Buffer.alloc(8) },
  );
  writeSampleTable(trak, { sizes: Uint32Array.of(5), offsets: Float64Array.of(9) });
  assert.deepEqual(stblTypes(trak), ["stsd", "stts", "stsc", "stco", "stsz"]);
});

test("a spare box of the size asked for stands behind the sizes, and is replaced the next time", () => {
  const trak = trackWith();
  const samples = { sizes: Uint32Array.of(5), offsets: Float64Array.of(9) };
  for (const spareBytes of [100, 8]) {
    writeSampleTable(trak, samples, { chunkStarts: new Set(), spareBytes });
    assert.deepEqual(stblTypes(trak), ["stsc", "stco", "stsz", "free"]);
    const free = findBox(trak, "mdia", "minf", "stbl", "free");
    assert.equal(free && boxSize(free), spareBytes);
  }
});

test("samples of one size need no list of sizes", () => {
  const trak = trackWith(
    table("stsz", 7, 5),
    table("stsc", 2, 1, 2, 1, 2, 3, 1),
    table("stco", 2, 100, 200),
  );
  assert.deepEqual(readSampleTable(trak), {
    sizes: new Uint32Array(5).fill(7),
    offsets: Float64Array.of(100, 107, 200, 207, 214),
  });
});

test("tables that contradict each other, or end early, are damage", () => {
  const sizes = table("stsz", 0, 3, 10, 10, 10);
  const runs = table("stsc", 1, 1, 3, 1);
  const chunks = table("stco", 1, 100);
  assert.equal(readSampleTable(trackWith(sizes, runs, chunks)).sizes.length, 3);
  const wide: Box = { type: "co64", data: Buffer.alloc(12) };
  wide.data.writeUInt32BE(1, 4);
  for (const [what, tables] of [
    ["no sizes", [runs, chunks]],
    ["compact sizes", [table("stz2", 8, 3, 0), runs, chunks]],
    ["no runs", [sizes, chunks]],
    ["no chunks", [sizes, runs]],
    ["fewer sizes than counted", [table("stsz", 0, 3, 10, 10), runs, chunks]],
    ["80 million samples of one size", [table("stsz", 1, 80_000_000), runs, chunks]],
    ["4 billion sizes", [table("stsz", 0, 0xffffffff, 10), runs, chunks]],
    ["an empty size table", [{ type: "stsz", data: Buffer.alloc(0) }, runs, chunks]],
    ["fewer chunks than counted", [sizes, runs, table("stco", 5, 100)]],
    ["a wide chunk cut in half", [sizes, runs, wide]],
    ["fewer runs than counted", [sizes, table("stsc", 9, 1, 3, 1), chunks]],
    ["samples without a chunk", [sizes, table("stsc", 1, 1, 2, 1), chunks]],
    ["chunks without samples", [sizes, table("stsc", 1, 1, 0, 1), chunks]],
    ["a first chunk that is not the first", [sizes, table("stsc", 1, 0, 3, 1), chunks]],
    ["a second chunk first", [sizes, table("stsc", 1, 2, 3, 1), table("stco", 2, 1, 2)]],
    ["runs that go back", [sizes, table("stsc", 2, 1, 1, 1, 1, 3, 1), chunks]],
  ] as const) {
    assert.throws(
      () => readSampleTable(trackWith(...tables)),
      { code: "MEDIA_UNSUPPORTED", message: /sample table cannot be read/ },
      what,
    );
  }
});

test("runs made to be walked over and over are refused at the first step back", () => {
  const chunks = 100_000;
  const back = Array.from({ length: 2000 }, (_, i) => [i % 2 === 0 ? 1 : chunks, 0, 1]).flat();
  const trak = trackWith(
    table("stsz", 1, 10),
    table("stsc", 2000, ...back),
    table("stco", chunks, ...new Array<number>(chunks).fill(0)),
  );
  assert.throws(() => readSampleTable(trak), { message: /chunk runs go back/ });
});
