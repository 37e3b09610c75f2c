import { type Box, findBox } from "./box.ts";

/** A visual sample entry (ISO/IEC 14496-12 §12.1.3) begins its own boxes after so many bytes, header included. */
const ENTRY_BYTES = 8 + 78;
/** Of stsd: version, flags and the number of entries. */
const TABLE_HEADER = 8;

export type AvcEntry = {
  /** `avc1`, or `avc3` where parameter sets stand among the pictures, too. */
  type: string;
  avcC: Buffer;
};

/** The H.264 configuration of a track; null for another codec. */
export function readAvcEntry(trak: Box): AvcEntry | null {
  const found = findConfiguration(trak);
  if (!found) return null;
  const { data, at, size } = found;
  const type = data.toString("latin1", TABLE_HEADER + 4, TABLE_HEADER + 8);
  if (type !== "avc1" && type !== "avc3") return null;
  return { type, avcC: data.subarray(at + 8, at + size) };
}

/** Puts another configuration into the track's one sample entry. */
export function writeAvcConfiguration(trak: Box, avcC: Buffer): void {
  const found = findConfiguration(trak);
  if (!found) throw new Error("the sample entry was read before");
  const { stsd, data, at, size } = found;
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + avcC.length, 0);
  header.write("avcC", 4, "latin1");
  const entry = Buffer.concat([data.subarray(0, at), header, avcC, data.subarray(at + size)]);
  entry.writeUInt32BE(data.readUInt32BE(TABLE_HEADER) + 8 + avcC.length - size, TABLE_HEADER);
  stsd.data = entry;
}

function findConfiguration(trak: Box) {
  const stsd = findBox(trak, "mdia", "minf", "stbl", "stsd");
  if (!stsd || !("data" in stsd) || stsd.data.length < TABLE_HEADER + ENTRY_BYTES) return null;
  const { data } = stsd;
  const end = Math.min(data.length, TABLE_HEADER + data.readUInt32BE(TABLE_HEADER));
  for (let at = TABLE_HEADER + ENTRY_BYTES; at + 8 <= end; ) {
    const size = data.readUInt32BE(at);
    if (size < 8 || at + size > end) return null;
    if (data.toString("latin1", at + 4, at + 8) === "avcC") return { stsd, data, at, size };
    at += size;
  }
  return null;
}
