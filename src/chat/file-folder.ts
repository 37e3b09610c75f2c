import { createReadStream } from "node:fs";
import { mkdir, readdir, realpath, rm, stat } from "node:fs/promises";
import path from "node:path";
import { diskError } from "../domain/disk-error.ts";

/** A file that a client may read whole or in ranges, any number of times. */
export type ChatFile = {
  /** What to call it when it is saved. */
  name: string;
  mediaType: string;
  sizeBytes: number;
  /** Changes whenever a byte does; without quotes. */
  etag: string;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** Where it is, links followed. */
  path: string;
  /** The bytes `start` (inclusive) to `end` (exclusive). */
  read(range: { start: number; end: number }): AsyncIterable<Uint8Array>;
};

/** A folder whose files clients may name, such as `audio/ID.wav`, and nothing outside of it. */
export type FileFolder = {
  /** Where a new file goes; the folder for it is made. @throws AppError OUTPUT_UNWRITABLE, DISK_FULL. */
  place(name: string): Promise<string>;
  /** Null for what is not there, is no file, has no proper name, or lies outside behind a link. */
  find(name: string): Promise<ChatFile | null>;
  /** Names of what is in one of its folders; none when it is not there. */
  list(name: string): Promise<string[]>;
  /** A file that is not there is no error. */
  remove(name: string): Promise<void>;
  /** Removes files last written before `time`, ms since 1970, in the folders `below`. @returns how many. */
  removeOlder(time: number, below: readonly string[]): Promise<number>;
};

/** Letters of any script, digits and a few signs; no separators, nothing encoded, no dot in front. */
const SEGMENT = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_ .()-]{0,199}$/u;
const MAX_SEGMENTS = 8;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".wav": "audio/wav",
  ".mp3": "audio/mpeg",
  ".m4a": "audio/mp4",
  ".ogg": "audio/ogg",
  ".mp4": "video/mp4",
  ".vtt": "text/vtt; charset=utf-8",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
};

/** Files below `root`, which need not exist yet. */
export function createFileFolder({ root }: { root: string }): FileFolder {
  const pathOf = (name: string) => path.join(root, ...name.split("/"));

  return {
    async place(name) {
      const file = pathOf(name);
      await mkdir(path.dirname(file), { recursive: true }).catch((cause: unknown) => {
        throw diskError(cause, path.dirname(file));
      });
      return file;
    },
    async find(name) {
      if (!isFileName(name)) return null;
      try {
        const [file, top] = await Promise.all([realpath(pathOf(name)), realpath(root)]);
        if (!file.startsWith(top + path.sep)) return null;
        const found = await stat(file);
        if (!found.isFile()) return null;
        return chatFile(name, file, { sizeBytes: found.size, mtimeMs: found.mtimeMs });
      } catch {
        return null;
      }
    },
    list: (name) => readdir(pathOf(name)).catch(() => []),
    remove: (name) => rm(pathOf(name), { force: true }),
    async removeOlder(time, below) {
      let removed = 0;
      for (const folder of below) {
        const entries = await readdir(pathOf(folder), {
          recursive: true,
          withFileTypes: true,
        }).catch(() => []);
        for (const entry of entries) {
          if (!entry.isFile()) continue;
          const file = path.join(entry.parentPath, entry.name);
          const written = await stat(file).catch(() => null);
          if (written === null || written.mtimeMs >= time) continue;
          await rm(file, { force: true }).then(
            () => removed++,
            () => {},
          );
        }
      }
      return removed;
    },
  };
}

/** Whether a text names a file of a folder and cannot mean anything else. */
export function isFileName(name: string): boolean {
  const segments = name.split("/");
  return segments.length <= MAX_SEGMENTS && segments.every((one) => SEGMENT.test(one));
}

function chatFile(
  name: string,
  file: string,
  { sizeBytes, mtimeMs }: { sizeBytes: number; mtimeMs: number },
): ChatFile {
  const extension = path.extname(name).toLowerCase();
  return {
    name: path.basename(name),
    mediaType: MEDIA_TYPES[extension] ?? "application/octet-stream",
    sizeBytes,
    etag: `${sizeBytes.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}`,
    modifiedAt: Math.floor(mtimeMs),
    path: file,
    read: ({ start, end }) => createReadStream(file, { start, end: end - 1 }),
  };
}
