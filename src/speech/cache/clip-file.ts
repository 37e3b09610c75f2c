import { crc32 } from "node:zlib";
import { z } from "zod";
import type { Speech } from "../../ports/speech-model.ts";

/**
 * One clip as a file: a mono WAV of 32-bit floats (any player opens it) with a chunk of our own, `vocj`,
 * that holds the rest as JSON. Chunks as in "Multimedia Programming Interface and Data
 * Specifications 1.0" (IBM, Microsoft, 1991).
 */
const JSON_CHUNK = "vocj";
const FLOAT_FORMAT = 3;
const FORMAT_BYTES = 16;
const SAMPLE_BYTES = 4;

const metadata = z.object({
  voice: z.string(),
  phonemes: z
    .array(z.object({ symbol: z.string(), start: z.number(), end: z.number() }))
    .exactOptional(),
  words: z
    .array(z.object({ from: z.number(), to: z.number(), start: z.number(), end: z.number() }))
    .exactOptional(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  /** CRC-32 of the samples' bytes. */
  crc32: z.number(),
});

export function encodeClip({ audio, ...rest }: Speech): Buffer {
  const samples = Buffer.alloc(audio.samples.length * SAMPLE_BYTES);
  for (const [index, sample] of audio.samples.entries()) {
    samples.writeFloatLE(sample, index * SAMPLE_BYTES);
  }
  const format = Buffer.alloc(FORMAT_BYTES);
  format.writeUInt16LE(FLOAT_FORMAT, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(audio.sampleRate, 4);
  format.writeUInt32LE(audio.sampleRate * SAMPLE_BYTES, 8);
  format.writeUInt16LE(SAMPLE_BYTES, 12);
  format.writeUInt16LE(8 * SAMPLE_BYTES, 14);
  const json = JSON.stringify({ ...rest, crc32: crc32(samples) } satisfies z.infer<
    typeof metadata
  >);
  const chunks = Buffer.concat([
    Buffer.from("WAVE"),
    chunk("fmt ", format),
    chunk(JSON_CHUNK, Buffer.from(json)),
    chunk("data", samples),
  ]);
  return chunk("RIFF", chunks);
}

/** The clip in a file's bytes, or null when they are no whole and unharmed file of `encodeClip`. */
export function decodeClip(bytes: Buffer): Speech | null {
  const chunks = chunksOf(bytes);
  const format = chunks.get("fmt ");
  const samples = chunks.get("data");
  const { success, data } = metadata.safeParse(parsedJson(chunks.get(JSON_CHUNK)));
  if (!success || format?.length !== FORMAT_BYTES || !samples) return null;
  const { crc32: sum, ...rest } = data;
  const sampleRate = format.readUInt32LE(4);
  if (format.readUInt16LE(0) !== FLOAT_FORMAT || sampleRate === 0) return null;
  if (samples.length % SAMPLE_BYTES !== 0 || crc32(samples) !== sum) return null;
  const decoded = new Float32Array(samples.length / SAMPLE_BYTES);
  for (const index of decoded.keys()) decoded[index] = samples.readFloatLE(index * SAMPLE_BYTES);
  return { audio: { samples: decoded, sampleRate }, ...rest };
}

function chunk(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(name, "latin1");
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content, Buffer.alloc(content.length % 2)]);
}

function chunksOf(bytes: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    const size = bytes.readUInt32LE(offset + 4);
    const content = bytes.subarray(offset + 8, offset + 8 + size);
    if (content.length === size) chunks.set(bytes.toString("latin1", offset, offset + 4), content);
    offset += 8 + size + (size % 2);
  }
  return chunks;
}

function parsedJson(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString("utf8") ?? "");
  } catch {
    return undefined; // damaged
  }
}
