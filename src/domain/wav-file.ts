import type { Audio } from "./audio.ts";

/** Of a file's header, and of one of its samples. */
export const HEADER_BYTES = 44;
export const SAMPLE_BYTES = 2;
const FULL_SCALE = 32_767;

/** A sound as a mono WAV of 16 bits. */
export function wavFile({ samples, sampleRate }: Audio): Buffer {
  const data = asInt16(samples);
  return Buffer.concat([wavHeader(sampleRate, data.length), data]);
}

/** Samples as a WAV holds them, what is beyond full scale limited. */
export function asInt16(samples: Float32Array): Buffer {
  const bytes = Buffer.alloc(samples.length * SAMPLE_BYTES);
  for (const [index, sample] of samples.entries()) {
    const limited = Math.max(-1, Math.min(1, sample));
    bytes.writeInt16LE(Math.round(FULL_SCALE * limited), index * SAMPLE_BYTES);
  }
  return bytes;
}

/** What stands before so many bytes of samples, as in "Multimedia Programming Interface and Data Specifications 1.0" (IBM, Microsoft, 1991). */
export function wavHeader(sampleRate: number, dataBytes: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * SAMPLE_BYTES, 28);
  header.writeUInt16LE(SAMPLE_BYTES, 32);
  header.writeUInt16LE(8 * SAMPLE_BYTES, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
