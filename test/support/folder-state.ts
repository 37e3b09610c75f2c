import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** Every file and folder below `folder`, by its path from there. */
export function everythingIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
}

/** What was left half-written anywhere below `folder`. */
export function partsIn(folder: string): string[] {
  return everythingIn(folder).filter((name) => name.endsWith(".part"));
}

/** Names of the MP3 and MP4 files of an output folder, or of those with another suffix. */
export function mediaIn(folder: string, suffix?: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .filter((name) => (suffix === undefined ? /\.mp[34]$/.test(name) : name.endsWith(suffix)))
    .toSorted();
}

/** A hash of each MP3 and MP4 file's content. */
export function contentsOf(folder: string): Map<string, string> {
  return new Map(
    mediaIn(folder).map((name) => {
      const bytes = readFileSync(path.join(folder, name));
      return [name, createHash("sha256").update(bytes).digest("hex")];
    }),
  );
}

/** What tells whether each MP3 and MP4 file was written again. */
export function identitiesOf(folder: string): Map<string, string> {
  return new Map(
    mediaIn(folder).map((name) => {
      const { ino, mtimeMs } = statSync(path.join(folder, name));
      return [name, `${ino} ${mtimeMs}`];
    }),
  );
}

/** Names whose value differs between two such maps, or that only one has. */
export function changedBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).toSorted();
}
