import { copyFileSync } from "node:fs";
import { open } from "node:fs/promises";
import {
  childrenOf,
  findBox,
  findData,
  listBoxes,
  offsetOf,
  readMovieBox,
} from "../../src/media/mp4/box.ts";

/** Copies an MP4 so that players begin its picture `seconds` later than it did; returns the new file. */
export async function shiftEditList(file: string, seconds: number): Promise<string> {
  const to = file.replace(/\.mp4$/, "-shifted.mp4");
  copyFileSync(file, to);
  const handle = await open(to, "r+");
  try {
    const boxes = await listBoxes(handle, to);
    const moov = await readMovieBox(handle, boxes, to);
    const place = boxes.find(({ type }) => type === "moov");
    if (!moov || !place) throw new Error(`${file} is no MP4`);
    for (const trak of childrenOf(moov, "trak")) {
      const mdhd = findData(trak, "mdia", "mdhd");
      const elst = findBox(trak, "edts", "elst");
      const kind = findData(trak, "mdia", "hdlr")?.toString("latin1", 8, 12);
      if (kind !== "vide" || !mdhd || !elst || !("data" in elst)) continue;
      const time = elst.data.readInt32BE(12) + Math.round(seconds * mdhd.readUInt32BE(12));
      elst.data.writeInt32BE(time, 12);
      await handle.write(elst.data, 0, elst.data.length, offsetOf(moov, elst, place.offset) + 8);
    }
  } finally {
    await handle.close();
  }
  return to;
}
