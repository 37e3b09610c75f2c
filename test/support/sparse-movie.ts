import { open } from "node:fs/promises";
import {
  type Box,
  boxSize,
  childrenOf,
  listBoxes,
  readMovieBox,
  writeBox,
} from "../../src/media/mp4/box.ts";
import { readSampleTable, writeSampleTable } from "../../src/media/mp4/sample-table.ts";

const LARGE_HEADER = 16;

/**
 * Copies an MP4 with its index in front and `holeBytes` of nothing between index and media data, which
 * take no room on the disk: offsets beyond 4 GB are 64-bit ones.
 */
export async function writeSparseMovie(request: {
  file: string;
  to: string;
  holeBytes: number;
}): Promise<void> {
  const source = await open(request.file, "r");
  const target = await open(request.to, "w");
  try {
    const boxes = await listBoxes(source, request.file);
    const moov = await readMovieBox(source, boxes, request.file);
    const [ftyp, mdat] = ["ftyp", "mdat"].map((type) => boxes.find((box) => box.type === type));
    if (!moov || !ftyp || !mdat) throw new Error(`${request.file} is no plain MP4`);
    const bytesOf = async ({ offset, size }: { offset: number; size: number }) => {
      const bytes = Buffer.alloc(size);
      await source.read(bytes, 0, size, offset);
      return bytes;
    };
    const tracks = childrenOf(moov, "trak").map((box) => ({ box, table: readSampleTable(box) }));
    const move = (by: number): void => {
      for (const { box, table } of tracks) {
        const offsets = table.offsets.map((offset) => offset + by);
        writeSampleTable(box, { sizes: table.sizes, offsets });
      }
    };
    move(request.holeBytes); // 64-bit offsets settle how large the index is
    const holeStart = ftyp.size + boxSize(moov);
    const dataStart = holeStart + request.holeBytes;
    move(dataStart - mdat.offset);

    await target.write(await bytesOf(ftyp), 0, ftyp.size, 0);
    await target.write(writeBox(moov as Box), 0, boxSize(moov), ftyp.size);
    await target.write(largeHeader("free", request.holeBytes), 0, LARGE_HEADER, holeStart);
    await target.write(await bytesOf(mdat), 0, mdat.size, dataStart);
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

function largeHeader(type: string, size: number): Buffer {
  const header = Buffer.alloc(LARGE_HEADER);
  header.writeUInt32BE(1, 0);
  header.write(type, 4, "latin1");
  header.writeBigUInt64BE(BigInt(size), 8);
  return header;
}
