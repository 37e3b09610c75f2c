/** What of an MPEG-1/2 Layer III frame decides whether it can be joined to another (ISO/IEC 11172-3). */
export type Mp3Frame = {
  /** Block type of the last granule per channel: 0 long, 1 start, 2 short, 3 stop. */
  lastBlocks: number[];
  /** Bytes of earlier frames that hold a part of this one's data; 0 without a bit reservoir. */
  reservoirBytes: number;
};

export type Mp3Header = {
  mpeg1: boolean;
  mono: boolean;
  sampleRate: number;
  /** Bits a second. */
  bitRate: number;
  /** Whole frame, header included. */
  sizeBytes: number;
};

const BIT_RATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BIT_RATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLE_RATES = [44_100, 48_000, 32_000];
const MPEG_1 = 3;
const MPEG_2 = 2;
const MPEG_2_5 = 0;
const LAYER_III = 1;

/** Null when the bytes do not begin with a Layer III frame header. */
export function readHeader(frame: Uint8Array): Mp3Header | null {
  const [a = 0, b = 0, c = 0, d = 0] = frame;
  const version = (b >> 3) & 3;
  const sampleRate = SAMPLE_RATES[(c >> 2) & 3];
  const mpeg1 = version === MPEG_1;
  const kilobits = (mpeg1 ? BIT_RATES_1 : BIT_RATES_2)[c >> 4];
  if (a !== 0xff || (b & 0xe0) !== 0xe0 || ((b >> 1) & 3) !== LAYER_III) return null;
  if (!sampleRate || !kilobits || ![MPEG_1, MPEG_2, MPEG_2_5].includes(version)) return null;
  const rate = mpeg1 ? sampleRate : version === MPEG_2 ? sampleRate / 2 : sampleRate / 4;
  const bitRate = kilobits * 1000;
  const sizeBytes = Math.floor(((mpeg1 ? 144 : 72) * bitRate) / rate) + ((c >> 1) & 1);
  return { mpeg1, mono: d >> 6 === 3, sampleRate: rate, bitRate, sizeBytes };
}

/** Reads the side information of a frame without CRC. */
export function readFrame(frame: Uint8Array): Mp3Frame | null {
  const header = readHeader(frame);
  if (!header) return null;
  const { mpeg1, mono } = header;
  let bit = 32;
  const read = (bits: number): number => {
    let value = 0;
    for (let i = 0; i < bits; i++, bit++) {
      value = (value << 1) | (((frame[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    }
    return value;
  };
  const channels = mono ? 1 : 2;
  const reservoirBytes = read(mpeg1 ? 9 : 8);
  if (mpeg1) read((mono ? 5 : 3) + 4 * channels);
  else read(mono ? 1 : 2);
  const granules = mpeg1 ? 2 : 1;
  let lastBlocks: number[] = [];
  for (let granule = 0; granule < granules; granule++) {
    lastBlocks = [];
    for (let channel = 0; channel < channels; channel++) {
      const start = bit;
      read(12 + 9 + 8 + (mpeg1 ? 4 : 9));
      const switched = read(1) === 1;
      lastBlocks.push(switched ? read(2) : 0);
      // A granule's information has one length, whatever its blocks.
      bit = start + (mpeg1 ? 59 : 63);
    }
  }
  return { lastBlocks, reservoirBytes };
}

/**
 * Whether a stream may switch after this frame from one encoding of a sound to another: the blocks
 * that overlap with the next frame must be of one type in both, and no frame may borrow bytes.
 */
export function canSwitchAfter(from: Mp3Frame | null, to: Mp3Frame | null): boolean {
  if (!from || !to || from.reservoirBytes > 0 || to.reservoirBytes > 0) return false;
  return from.lastBlocks.every((block, channel) => block === to.lastBlocks[channel]);
}

/** Samples LAME and a decoder put in front (libavcodec/libmp3lame.c; LAME tag, "encoder delay"). */
export const MP3_DELAY = 1105;
const TAGGED_DELAY = 576;

/**
 * The frame in front that tells players the length and what to trim ("Info" tag; source: LAME info
 * tag specification, rev. 1). It is itself a silent frame with the header of `like`. `endPadding` is
 * how many samples a decoder puts out after the sound.
 */
export function infoFrame(
  like: Uint8Array,
  stream: { frames: number; bytes: number; endPadding: number },
): Buffer {
  const header = readHeader(like);
  if (!header) throw new Error("not an MP3 frame");
  const padded = ((like[2] ?? 0) >> 1) & 1;
  const frame = Buffer.alloc(header.sizeBytes - padded);
  frame.set(like.subarray(0, 4));
  frame[2] = (like[2] ?? 0) & ~2; // no padding byte
  const sideBytes = header.mpeg1 ? (header.mono ? 17 : 32) : header.mono ? 9 : 17;
  let at = 4 + sideBytes;
  at += frame.write("Info", at, "latin1");
  at = frame.writeUInt32BE(3, at); // frames and bytes follow
  at = frame.writeUInt32BE(stream.frames, at);
  at = frame.writeUInt32BE(stream.bytes + frame.length, at);
  at += frame.write("Lavc libm", at, "latin1");
  at += 1 + 1 + 4 + 2 + 2 + 1 + 1; // revision, low pass, peak, gains, flags, bit rate: unknown
  // The tag knows the encoder only: what the decoder puts in front counts as padding at the end.
  const padding = Math.max(0, Math.min(4095, stream.endPadding + MP3_DELAY - TAGGED_DELAY));
  frame.writeUIntBE((TAGGED_DELAY << 12) | padding, at, 3);
  return frame;
}
