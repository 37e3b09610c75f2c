import { createCipheriv } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Rendition } from "../../domain/rendition.ts";
import type { Template } from "../../domain/template.ts";
import {
  createTemplateWriter,
  openTemplate,
  patchTemplate,
  renditionOf,
} from "../../media/template-file.ts";
import type { OutputRecord } from "../../ports/output-store.ts";

/** Bytes without a pattern, the same for the same seed. */
export function randomBytesOf(seed: number, length: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

export type MadeUpTemplate = {
  template: Template;
  bytes: Buffer;
  /** Recipient `seed`'s file: the template with 20 bytes here and 17 KB there overwritten. */
  patched(seed: number): Rendition;
  /** Recipient `seed`'s file, in which nothing stands where it stands in the template. */
  moved(seed: number): Rendition;
  close(): void;
};

/** A template of random bytes in a folder of its own. */
export async function madeUpTemplate(options: {
  folder: string;
  id?: string;
  sizeBytes: number;
}): Promise<MadeUpTemplate> {
  const { folder, id = "0a1b2c", sizeBytes } = options;
  await mkdir(folder, { recursive: true });
  const file = join(folder, "template.mp4");
  const bytes = randomBytesOf(sizeBytes, sizeBytes);
  const writer = await createTemplateWriter(file);
  await writer.write(bytes);
  await writer.finish();
  const template: Template = {
    id,
    mediaType: "video/mp4",
    folder,
    file,
    sizeBytes,
    duration: 60,
    sampleRate: 48_000,
    lengthStep: 0,
    stretches: [null],
    audio: "base",
    video: "base",
  };
  const reader = openTemplate(file);
  const source = { id, reader, sizeBytes, mediaType: template.mediaType };
  const own = Math.min(17 * 1024, Math.floor(sizeBytes / 4));
  return {
    template,
    bytes,
    patched: (seed) =>
      patchTemplate(source, [
        { offset: 10, bytes: randomBytesOf(seed, 20) },
        { offset: Math.floor(sizeBytes / 2), bytes: randomBytesOf(seed + 1, own) },
      ]),
    moved: (seed) => {
      const half = Math.floor(sizeBytes / 2);
      return renditionOf(
        [
          { bytes: randomBytesOf(seed, 1 + (seed % 100)) },
          { template: id, offset: 0, length: half },
          { bytes: randomBytesOf(seed + 1, own) },
          { template: id, offset: half, length: sizeBytes - half },
        ],
        source,
      );
    },
    close: () => reader.close(),
  };
}

/** The whole file a rendition stands for. */
export function wholeFile(rendition: Rendition, template: Buffer): Buffer {
  return Buffer.concat(
    rendition.pieces.map((piece) =>
      "bytes" in piece ? piece.bytes : template.subarray(piece.offset, piece.offset + piece.length),
    ),
  );
}

/** A finished recipient's record. */
export function doneRecord(
  file: string,
  rendition: Rendition,
  changes: Partial<OutputRecord> = {},
): OutputRecord {
  return {
    row: 2,
    name: file.replace(/\.\w+$/, ""),
    file,
    state: "done",
    reason: "",
    slot: { start: 1.25, end: 1.75 },
    clipSeconds: 0.5,
    stretch: 1,
    seams: { clickDb: -6.5, loudnessLu: 0.25, noiseFloorDb: 1.5 },
    sizeBytes: rendition.size,
    warnings: [],
    key: `key of ${file} ${rendition.crc32}`,
    ...changes,
  };
}
