import { AppError } from "../../domain/app-error.ts";
import { type Box, findBox, findData } from "./box.ts";
import { TABLE_TYPES } from "./tables.ts";

/** Where each sample of a track lies in its file. */
export type SampleTable = {
  /** Bytes, one entry a sample. */
  sizes: Uint32Array;
  /** Byte offsets in the file; float64, as they may pass 4 GB. */
  offsets: Float64Array;
};

const MAX_SAMPLES = 20_000_000;

/**
 * Reads stsz, stsc and stco/co64 (ISO/IEC 14496-12 §8.7).
 * @throws AppError MEDIA_UNSUPPORTED for tables that cannot be taken literally: compact sizes (stz2),
 * several sample descriptions, counts that do not fit the boxes.
 */
export function readSampleTable(trak: Box): SampleTable {
  const stbl = sampleTableBox(trak);
  const stsz = findData(stbl, "stsz");
  const stsc = findData(stbl, "stsc");
  const stco = findData(stbl, "stco");
  const co64 = findData(stbl, "co64");
  const chunkTable = stco ?? co64;
  if (!stsz || !stsc || !chunkTable) throw damaged("a table is missing");
  const uniformSize = u32(stsz, 4);
  const count = u32(stsz, 8);
  if (count > MAX_SAMPLES || (uniformSize === 0 && stsz.length < 12 + 4 * count)) {
    throw damaged(`${count} samples do not fit`);
  }
  const sizes = new Uint32Array(count);
  for (let i = 0; i < count; i++) sizes[i] = uniformSize || stsz.readUInt32BE(12 + 4 * i);

  const chunkCount = u32(chunkTable, 4);
  if (chunkTable.length < 8 + chunkCount * (stco ? 4 : 8)) throw damaged("chunks do not fit");
  const chunkOffset = (chunk: number): number =>
    stco
      ? stco.readUInt32BE(8 + 4 * chunk)
      : Number((co64 ?? chunkTable).readBigUInt64BE(8 + 8 * chunk));

  const offsets = new Float64Array(count);
  const runs = u32(stsc, 4);
  if (stsc.length < 8 + 12 * runs) throw damaged("chunk runs do not fit");
  let sample = 0;
  for (let run = 0; run < runs; run++) {
    const first = u32(stsc, 8 + 12 * run) - 1;
    const samplesPerChunk = u32(stsc, 12 + 12 * run);
    const next = run + 1 < runs ? u32(stsc, 8 + 12 * (run + 1)) - 1 : chunkCount;
    if (run === 0 && first !== 0) throw damaged("the first chunk has no samples");
    // Runs that go back would be walked again and again.
    if (run + 1 < runs && next <= first) throw damaged("chunk runs go back");
    for (let chunk = first; chunk < Math.min(next, chunkCount); chunk++) {
      let offset = chunkOffset(chunk);
      for (let k = 0; k < samplesPerChunk && sample < count; k++, sample++) {
        offsets[sample] = offset;
        offset += sizes[sample] ?? 0;
      }
    }
  }
  if (sample < count) throw damaged(`only ${sample} of ${count} samples have a place`);
  return { sizes, offsets };
}

export type SampleTableLayout = {
  /** Samples that begin a chunk with a run of its own; others share one with the sample before them in the file. */
  chunkStarts: ReadonlySet<number>;
  /** Of a free box behind the tables that may grow, for that to give way; 0 or at least 8. */
  spareBytes: number;
};

/**
 * Puts `table` into the track: the tables that may grow last in its stbl but for a spare box, co64
 * where an offset needs it. Sample groups are dropped: they are keyed by the old tables' runs.
 * @returns for each of `chunkStarts` the number of its run in stsc.
 */
export function writeSampleTable(
  trak: Box,
  table: SampleTable,
  { chunkStarts, spareBytes }: SampleTableLayout = { chunkStarts: new Set(), spareBytes: 0 },
): Map<number, number> {
  const stbl = sampleTableBox(trak);
  if (!("children" in stbl)) throw damaged("stbl is no container");
  const chunks: Chunk[] = [];
  let end = -1;
  for (let i = 0; i < table.sizes.length; i++) {
    const offset = table.offsets[i] ?? 0;
    const last = chunks.at(-1);
    if (last && offset === end && !chunkStarts.has(i)) last.samples += 1;
    else chunks.push({ first: i, offset, samples: 1, own: chunkStarts.has(i) });
    end = offset + (table.sizes[i] ?? 0);
  }
  const replaced = new Set(["stsz", "stz2", "stsc", "stco", "co64", "sbgp", "sgpd", "free"]);
  const spare = spareBytes === 0 ? [] : [{ type: "free", data: Buffer.alloc(spareBytes - 8) }];
  const growing = new Set<string>(spareBytes === 0 ? [] : TABLE_TYPES);
  const kept = stbl.children.filter((box) => !replaced.has(box.type));
  const tables = TABLE_TYPES.flatMap((type) => kept.filter((box) => box.type === type));
  const runs = chunkRuns(chunks);
  stbl.children = [
    ...kept.filter(({ type }) => !growing.has(type)),
    { type: "stsc", data: stscData(runs) },
    chunkOffsetBox(chunks),
    ...tables.filter(({ type }) => growing.has(type)),
    { type: "stsz", data: stszData(table.sizes) },
    ...spare,
  ];
  return new Map(runs.flatMap(({ cell }, i) => (cell === null ? [] : [[cell, i] as const])));
}

type Chunk = {
  /** Its first sample. */
  first: number;
  offset: number;
  samples: number;
  /** Its number of samples may change. */
  own: boolean;
};

type ChunkRun = { first: number; samples: number; cell: number | null };

function chunkRuns(chunks: Chunk[]): ChunkRun[] {
  const runs: ChunkRun[] = [];
  chunks.forEach(({ samples, own, first }, i) => {
    const last = runs.at(-1);
    if (!own && last?.samples === samples && last.cell === null) return;
    runs.push({ first: i + 1, samples, cell: own ? first : null });
  });
  return runs;
}

function stscData(runs: ChunkRun[]): Buffer {
  const data = Buffer.alloc(8 + 12 * runs.length);
  data.writeUInt32BE(runs.length, 4);
  runs.forEach(({ first, samples }, i) => {
    data.writeUInt32BE(first, 8 + 12 * i);
    data.writeUInt32BE(samples, 12 + 12 * i);
    data.writeUInt32BE(1, 16 + 12 * i); // the one sample description
  });
  return data;
}

function chunkOffsetBox(chunks: { offset: number }[]): Box {
  const wide = chunks.some(({ offset }) => offset > 0xffffffff);
  const data = Buffer.alloc(8 + (wide ? 8 : 4) * chunks.length);
  data.writeUInt32BE(chunks.length, 4);
  chunks.forEach(({ offset }, i) => {
    if (wide) data.writeBigUInt64BE(BigInt(offset), 8 + 8 * i);
    else data.writeUInt32BE(offset, 8 + 4 * i);
  });
  return { type: wide ? "co64" : "stco", data };
}

function stszData(sizes: Uint32Array): Buffer {
  const data = Buffer.alloc(12 + 4 * sizes.length);
  data.writeUInt32BE(sizes.length, 8);
  sizes.forEach((size, i) => {
    data.writeUInt32BE(size, 12 + 4 * i);
  });
  return data;
}

function sampleTableBox(trak: Box): Box {
  const stbl = findBox(trak, "mdia", "minf", "stbl");
  if (!stbl) throw damaged("stbl is missing");
  return stbl;
}

/** Bounds-checked, as the tables come from outside. */
function u32(data: Buffer, offset: number): number {
  if (offset + 4 > data.length) throw damaged("a table ends early");
  return data.readUInt32BE(offset);
}

function damaged(detail: string): AppError {
  return new AppError(
    "MEDIA_UNSUPPORTED",
    `the MP4 sample table cannot be read (${detail}); export the video as MP4 again`,
  );
}
