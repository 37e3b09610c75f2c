/** Width and height in pixels as a picture's header states them. */
export type PictureSize = { width: number; height: number };

/** What a file is by its first bytes; null when it is none of these. Sources: as of `pictureSize`. */
export function pictureKind(head: Buffer): "png" | "jpeg" | "webp" | null {
  if (head.toString("latin1", 0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (head.toString("latin1", 0, 3) === "\xff\xd8\xff") return "jpeg";
  const isWebp =
    head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WEBP";
  return isWebp ? "webp" : null;
}

/** Whether a file is a WebP that moves (RFC 9649, 2.7.1.1), which cannot be read. A PNG that moves can. */
export function isAnimated(head: Buffer): boolean {
  const extended = head.toString("latin1", 8, 16) === "WEBPVP8X";
  return extended && ((head[20] ?? 0) & 0x02) !== 0;
}

/**
 * The size of a PNG, JPEG or WebP, told by the beginning of its file without decoding anything; null
 * when that does not say. Sources: PNG third edition, 11.2.1; ITU-T T.81, B.2.2; RFC 9649, 2.5 to 2.7.
 */
export function pictureSize(head: Buffer): PictureSize | null {
  try {
    return pngSize(head) ?? webpSize(head) ?? jpegSize(head);
  } catch (thrown) {
    if (thrown instanceof RangeError) return null; // it ends before its size
    throw thrown;
  }
}

function pngSize(head: Buffer): PictureSize | null {
  if (head.toString("latin1", 12, 16) !== "IHDR") return null;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

function webpSize(head: Buffer): PictureSize | null {
  if (head.toString("latin1", 8, 12) !== "WEBP") return null;
  switch (head.toString("latin1", 12, 16)) {
    case "VP8X":
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    case "VP8L": {
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    default:
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
  }
}

function jpegSize(head: Buffer): PictureSize | null {
  if (head.readUInt16BE(0) !== 0xffd8) return null;
  for (let at = 2; ; ) {
    const marker = head.readUInt8(at + 1);
    if (head.readUInt8(at) !== 0xff) return null;
    // Start of frame of any kind; C4, C8 and CC among them are tables.
    const begins = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (begins) return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    at += marker === 0xff ? 1 : 2 + head.readUInt16BE(at + 2);
  }
}
