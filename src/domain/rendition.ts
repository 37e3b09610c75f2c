/** A run of bytes of one recipient's file: out of the template, or its own. */
export type Piece = { template: string; offset: number; length: number } | { bytes: Uint8Array };

/** One recipient's file as an ordered list of pieces. */
export type Rendition = {
  pieces: Piece[];
  /** Of the whole file, in bytes. */
  size: number;
  /** CRC-32 (IEEE 802.3, as in ZIP) of the whole file. */
  crc32: number;
  mediaType: string;
};

export function lengthOf(piece: Piece): number {
  return "bytes" in piece ? piece.bytes.length : piece.length;
}

/** How many bytes of a rendition are its own, not the template's. */
export function ownBytes(rendition: Rendition): number {
  return rendition.pieces.reduce(
    (sum, piece) => sum + ("bytes" in piece ? piece.bytes.length : 0),
    0,
  );
}
