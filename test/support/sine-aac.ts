import { type BitWriter, createBitWriter } from "./bit-writer.ts";

/**
 * The smallest AAC-LC encoder (ISO/IEC 14496-3) that tells `sine` windows and long blocks throughout,
 * as about half of the encoders in the wild do and none that FFmpeg brings. It knows two spectral code
 * words only (codebook 11: a pair of zeros, a pair of escapes), one scale for all bands and nothing
 * above 6 kHz.
 */

const FRAME = 1024;
const BLOCK = 2 * FRAME;
/** Scale factor bands of 44.1 and 48 kHz up to the bin where the last of them ends (table 4.129). */
const BANDS = { count: 28, bins: 292 };
const RATE_INDEX = new Map([
  [48_000, 3],
  [44_100, 4],
]);
const CODEBOOK = 11;
const ZERO_PAIR = { code: 0b0000, bits: 4 };
const ESCAPE_PAIR = { code: 0b00100, bits: 5 };
/** An escape's magnitudes. */
const LEAST = 16;
const MOST = 8191;
/** Bits a frame of one channel may have. */
const FRAME_BITS = 6144;
const FULL_SCALE = 32_768;
const UNIT_GAIN = 100;
/** Where to begin looking for a scale that fits: a value of 16 then stands for −89 dB of full scale. */
const FINEST_GAIN = 82;

export type SineAac = {
  /** AudioSpecificConfig. */
  config: Buffer;
  /** Packet k spans samples (k − 1)·1024 up to (k + 1)·1024: the first one is priming. */
  packets: Buffer[];
};

/** @param channels `[channel][sample]`, one or two. */
export function encodeSineAac(channels: Float32Array[], sampleRate: number): SineAac {
  const rateIndex = RATE_INDEX.get(sampleRate);
  if (rateIndex === undefined) throw new RangeError(`${sampleRate} Hz: 44100 and 48000 are known`);
  const config = createBitWriter();
  for (const [value, bits] of [
    [2, 5], // AAC-LC
    [rateIndex, 4],
    [channels.length, 4],
    [0, 3],
  ] as const) {
    config.put(value, bits);
  }
  const frames = Math.ceil((channels[0]?.length ?? 0) / FRAME) + 1;
  const packets = Array.from({ length: frames }, (_, frame) => {
    const writer = createBitWriter();
    writer.put(channels.length === 1 ? 0 : 1, 3); // one channel, or a pair of them
    writer.put(0, 4);
    const pair = channels.length === 2;
    if (pair) {
      writer.put(1, 1); // both channels under the same window
      putWindow(writer);
      writer.put(0, 2); // not coded as sum and difference
    }
    for (const samples of channels) {
      putChannel(writer, spectrumOf(samples, (frame - 1) * FRAME), { withWindow: !pair });
    }
    writer.put(7, 3); // end of the frame
    return writer.bytes();
  });
  return { config: config.bytes(), packets };
}

function putWindow(writer: BitWriter): void {
  writer.put(0, 1);
  writer.put(0, 2); // only a long block
  writer.put(0, 1); // sine
  writer.put(BANDS.count, 6);
  writer.put(0, 1); // no prediction
}

function putChannel(
  writer: BitWriter,
  spectrum: Float64Array,
  { withWindow }: { withWindow: boolean },
): void {
  let gain = FINEST_GAIN;
  let values = quantised(spectrum, gain);
  while (!values || bitsOf(values) > FRAME_BITS - 200) values = quantised(spectrum, ++gain);
  writer.put(gain, 8);
  if (withWindow) putWindow(writer);
  writer.put(CODEBOOK, 4);
  writer.put(BANDS.count, 5); // one section
  writer.put(0, BANDS.count); // a scale factor like the one before, in one bit
  writer.put(0, 3); // no pulses, no noise shaping, no gain control
  for (let bin = 0; bin < BANDS.bins; bin += 2) {
    putPair(writer, values[bin] ?? 0, values[bin + 1] ?? 0);
  }
}

function putPair(writer: BitWriter, first: number, second: number): void {
  const { code, bits } = first === 0 ? ZERO_PAIR : ESCAPE_PAIR;
  writer.put(code, bits);
  if (first === 0) return;
  writer.put(first < 0 ? 1 : 0, 1);
  writer.put(second < 0 ? 1 : 0, 1);
  for (const value of [first, second]) {
    const power = Math.floor(Math.log2(Math.abs(value)));
    writer.put(2 ** (power - 3) - 2, power - 3); // power − 4 ones and a zero
    writer.put(Math.abs(value) - 2 ** power, power);
  }
}

/** Null when a value is too large at this gain. Both of a pair are zero, or neither. */
function quantised(spectrum: Float64Array, gain: number): Int32Array | null {
  const scale = 2 ** ((UNIT_GAIN - gain) / 4);
  const values = new Int32Array(BANDS.bins);
  for (let bin = 0; bin < BANDS.bins; bin += 2) {
    const pair = [spectrum[bin] ?? 0, spectrum[bin + 1] ?? 0].map((line) => {
      const magnitude = Math.round((Math.abs(line) * scale) ** 0.75);
      return Math.sign(line || 1) * magnitude;
    });
    if (pair.every((value) => Math.abs(value) < LEAST / 2)) continue;
    for (const [i, value] of pair.entries()) {
      if (Math.abs(value) > MOST) return null;
      values[bin + i] = Math.sign(value || 1) * Math.max(LEAST, Math.abs(value));
    }
  }
  return values;
}

function bitsOf(values: Int32Array): number {
  let bits = 0;
  for (let bin = 0; bin < BANDS.bins; bin += 2) {
    if (values[bin] === 0) {
      bits += ZERO_PAIR.bits;
      continue;
    }
    bits += ESCAPE_PAIR.bits + 2;
    for (const value of values.subarray(bin, bin + 2)) {
      bits += 2 * Math.floor(Math.log2(Math.abs(value))) - 3;
    }
  }
  return bits;
}

/** cos(2π·m / 4·BLOCK): every angle of the transform is a multiple of that. */
const COSINES = Float64Array.from({ length: 4 * BLOCK }, (_, m) =>
  Math.cos((2 * Math.PI * m) / (4 * BLOCK)),
);
const WINDOW = Float64Array.from({ length: BLOCK }, (_, n) =>
  Math.sin((Math.PI * (n + 0.5)) / BLOCK),
);

/** MDCT of the block that begins at sample `start` (4.6.11 of the standard, for the encoder), 16-bit scale. */
function spectrumOf(samples: Float32Array, start: number): Float64Array {
  const block = Float64Array.from(
    WINDOW,
    (weight, n) => 2 * FULL_SCALE * weight * (samples[start + n] ?? 0),
  );
  const spectrum = new Float64Array(BANDS.bins);
  for (let k = 0; k < BANDS.bins; k++) {
    let sum = 0;
    const step = 2 * k + 1;
    let angle = ((FRAME + 1) * step) % (4 * BLOCK);
    for (let n = 0; n < BLOCK; n++) {
      sum += (block[n] as number) * (COSINES[angle] as number); // both within their length
      angle = (angle + 2 * step) & (4 * BLOCK - 1);
    }
    spectrum[k] = sum;
  }
  return spectrum;
}
