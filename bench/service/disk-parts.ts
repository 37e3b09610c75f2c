import { readdirSync, statSync } from "node:fs";
import path from "node:path";

/** What the data folder of a service consists of, bytes by part. */
export const DISK_PARTS = [
  "packs",
  "files",
  "template",
  "database",
  "names",
  "input",
  "other",
] as const;
export type DiskPart = (typeof DISK_PARTS)[number];

export type DiskUse = {
  /** Lengths of the files. */
  bytes: Record<DiskPart, number>;
  /** What the files take up in whole blocks, all together. */
  occupiedBytes: number;
};

const BLOCK_BYTES = 512;

const PATTERNS: [DiskPart, RegExp][] = [
  ["packs", /\/output\/packs\//u],
  ["files", /\/output\/videos\//u],
  ["input", /\/input\//u],
  ["template", /^templates\//u],
  ["database", /^vocative\.sqlite/u],
  ["names", /^name_audio_cache\//u],
];

export function diskUseOf(folder: string): DiskUse {
  const bytes = Object.fromEntries(DISK_PARTS.map((part) => [part, 0])) as DiskUse["bytes"]; // a key for each
  let occupiedBytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const { size, blocks } = statSync(file);
    bytes[partOf(path.relative(folder, file).split(path.sep).join("/"))] += size;
    occupiedBytes += blocks * BLOCK_BYTES;
  }
  return { bytes, occupiedBytes };
}

export function totalBytes({ bytes }: DiskUse): number {
  return Object.values(bytes).reduce((sum, one) => sum + one, 0);
}

function partOf(name: string): DiskPart {
  return PATTERNS.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";
}
