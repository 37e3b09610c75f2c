import { crc32, deflateSync } from "node:zlib";
import { AV_PIX_FMT_RGB24, type FFEncoderCodec } from "node-av/constants";
import { Codec, CodecContext, Frame, Packet, Rational } from "node-av/lib";
import type { Picture } from "../../src/domain/face.ts";
import { filterPicture } from "../../src/media/libav/filter-picture.ts";
import { check } from "../../src/media/libav/input.ts";

/** A picture as a file: `png` of any of its pixel formats, `mjpeg` (a JPEG), or `libwebp`. */
export function encodePicture(
  { width, height, pixels }: Picture,
  { codec, pixelFormat }: { codec: "png" | "mjpeg" | "libwebp"; pixelFormat: string },
): Buffer {
  using frame = Frame.fromVideoBuffer(Buffer.from(pixels), {
    width,
    height,
    format: AV_PIX_FMT_RGB24,
    timeBase: new Rational(1, 1),
  });
  using converted = filterPicture(frame, [
    ["scale", `${width}:${height}:out_range=${codec === "libwebp" ? "limited" : "full"}`],
    ["format", pixelFormat],
  ]);
  // the name of one of its encoders, which its type lists
  const encoder = Codec.findEncoderByName(codec as FFEncoderCodec);
  if (!encoder) throw new Error(`there is no encoder ${codec}`);
  const context = new CodecContext();
  using packet = new Packet();
  packet.alloc();
  try {
    context.allocContext3(encoder);
    context.width = width;
    context.height = height;
    context.pixelFormat = converted.format as typeof context.pixelFormat; // a picture's, not a sound's
    context.colorRange = converted.colorRange;
    context.timeBase = new Rational(1, 1);
    check(context.open2Sync(encoder, null), `opening the encoder ${codec}`);
    converted.pts = 0n;
    check(context.sendFrameSync(converted), `encoding with ${codec}`);
    context.sendFrameSync(null);
    check(context.receivePacketSync(packet), `encoding with ${codec}`);
    return Buffer.from(packet.data ?? []);
  } finally {
    context.freeContext();
  }
}

/** A sound PNG that is all black, of one bit a pixel: a few bytes however large it is. */
export function blackPng(width: number, height: number): Buffer {
  return emptyPng({ width, height, bits: 1, colour: 0, rowBytes: Math.ceil(width / 8) });
}

/** A PNG of nothing but transparency. */
export function clearPng(width: number, height: number): Buffer {
  return emptyPng({ width, height, bits: 8, colour: 4, rowBytes: 2 * width });
}

/** W3C, Portable Network Graphics, third edition, 11.2.1. */
function emptyPng(png: {
  width: number;
  height: number;
  bits: number;
  colour: number;
  rowBytes: number;
}): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(png.width, 0);
  header.writeUInt32BE(png.height, 4);
  header.set([png.bits, png.colour, 0, 0, 0], 8); // deflate, the one filter method, not interlaced
  const rows = deflateSync(Buffer.alloc(png.height * (1 + png.rowBytes)), { level: 1 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [pngChunk("IHDR", header), pngChunk("IDAT", rows), pngChunk("IEND")];
  return Buffer.concat([signature, ...chunks]);
}

function pngChunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const framed = Buffer.alloc(data.length + 12);
  framed.writeUInt32BE(data.length, 0);
  framed.write(type, 4, "latin1");
  framed.set(data, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, data.length + 8)), data.length + 8);
  return framed;
}

/**
 * A baseline JPEG (ITU-T T.81) whose blocks of 8 × 8 pixels are all of one level each.
 * @param options.components 1 is grey; 4 is CMYK, inverted as Adobe's programs write it (T.872).
 * @param options.levelAt Of a component of a block, 0..255; 128 when left out.
 */
export function blockyJpeg({
  width,
  height,
  components,
  levelAt,
}: {
  width: number;
  height: number;
  components: 1 | 4;
  levelAt?: (column: number, row: number, component: number) => number;
}): Buffer {
  const ids = Array.from({ length: components }, (_, index) => index + 1);
  const segment = (marker: number, ...content: number[]) =>
    Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255, ...content]);
  const sizes = [height >> 8, height & 255, width >> 8, width & 255];
  const head = Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...(components === 4 ? [segment(0xee, ...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, 0)] : []),
    segment(0xdb, 0, ...Array<number>(64).fill(8)),
    segment(0xc0, 8, ...sizes, components, ...ids.flatMap((id) => [id, 0x11, 0])),
    // Differences of 0 to 11 bits are told by four bits each, and the only code of the rest is "no more".
    segment(0xc4, 0x00, 0, 0, 0, 12, ...Array<number>(12).fill(0), ...Array(12).keys()),
    segment(0xc4, 0x10, 1, ...Array<number>(15).fill(0), 0),
    segment(0xda, components, ...ids.flatMap((id) => [id, 0]), 0, 63, 0),
  ]);
  const [columns, rows] = [Math.ceil(width / 8), Math.ceil(height / 8)];
  const scan = levelAt
    ? scanOf({ columns, rows, components, levelAt })
    : Buffer.alloc(Math.ceil((columns * rows * components * 5) / 8)); // each block is 0000 0
  return Buffer.concat([head, scan, Buffer.from([0xff, 0xd9])]);
}

function scanOf(picture: {
  columns: number;
  rows: number;
  components: number;
  levelAt: (column: number, row: number, component: number) => number;
}): Buffer {
  const bits: number[] = [];
  const write = (value: number, length: number) => {
    for (let bit = length - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
  };
  const before = Array<number>(picture.components).fill(0);
  for (let row = 0; row < picture.rows; row++) {
    for (let column = 0; column < picture.columns; column++) {
      for (let component = 0; component < picture.components; component++) {
        // A block's first coefficient is 8 times its mean, here in steps of 8.
        const level = Math.round(picture.levelAt(column, row, component)) - 128;
        const difference = level - (before[component] ?? 0);
        before[component] = level;
        const length = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
        write(length, 4);
        write(difference < 0 ? difference + 2 ** length - 1 : difference, length);
        write(0, 1);
      }
    }
  }
  while (bits.length % 8 !== 0) bits.push(1);
  const bytes: number[] = [];
  for (let at = 0; at < bits.length; at += 8) {
    const byte = bits.slice(at, at + 8).reduce((value, bit) => 2 * value + bit, 0);
    bytes.push(byte);
    if (byte === 0xff) bytes.push(0); // else it would be a marker
  }
  return Buffer.from(bytes);
}

/** A JPEG that tells players to turn it: Exif orientation, 1 to 8 (CIPA DC-008, 4.6.4). */
export function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const exif = Buffer.alloc(32);
  exif.write("Exif\0\0MM\0*", 0, "latin1");
  exif.writeUInt32BE(8, 10); // the one directory follows
  exif.writeUInt16BE(1, 14);
  exif.writeUInt16BE(0x0112, 16); // orientation,
  exif.writeUInt16BE(3, 18); // one number of 16 bits
  exif.writeUInt32BE(1, 20);
  exif.writeUInt16BE(orientation, 24);
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, exif, jpeg.subarray(2)]);
}
