import {
  type FileHandle,
  link,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  statfs,
  unlink,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { diskError, errorCodeOf } from "../domain/disk-error.ts";
import type { ObjectStore, StoredObject } from "../ports/object-store.ts";
import { makeFolder, syncFolder, writeFully } from "./atomic-file.ts";
import { headOf, isFile, isMissing, notFound, readObjectFile } from "./object-file.ts";
import { isKeySegment, segmentsOfKey, segmentsOfPrefix } from "./object-key.ts";
import { partName, removeAbandoned, removeFolder } from "./part-name.ts";
import { untilAborted } from "./until-aborted.ts";

/** How often a folder may be pruned between making it and writing into it. */
const MAX_TRIES = 10;

export type LocalObjects = ObjectStore & {
  /**
   * The file of an object that is there or not.
   * @throws AppError INTERNAL for what is no key.
   */
  pathOf(key: string): string;
  /**
   * Deletes what killed processes left half-written or half-deleted; work of running ones stays.
   * @returns How many files and folders were deleted.
   */
  removeAbandonedParts(): Promise<number>;
};

/**
 * Objects as files below `root`, which is made when missing and may hold other files; an object's key
 * is its path. Several processes may use one root. No object can stand where another's key has a
 * folder. `ifAbsent` needs a file system with hard links.
 */
export function createLocalObjects(options: { root: string }): LocalObjects {
  const root = resolve(options.root);
  const pathOf = (key: string): string => join(root, ...segmentsOfKey(key));

  /** Removes folders without content, from `folder` up to the root. */
  async function prune(folder: string): Promise<void> {
    for (let each = folder; each !== root; each = dirname(each)) {
      const isGone = await rmdir(each).then(
        () => true,
        (cause: unknown) => errorCodeOf(cause) === "ENOENT",
      );
      if (!isGone) return;
    }
  }

  return {
    pathOf,
    async put(key, body, { ifAbsent = false, signal } = {}) {
      const path = pathOf(key);
      const { part, file } = await openPart(path);
      try {
        const stored = await fill(file, untilAborted(body, signal, `storing ${key}`), path);
        const created = await onDisk(path, ifAbsent ? linkTo(part, path) : moveTo(part, path));
        if (ifAbsent) await rm(part, { force: true });
        if (!created) return { ...(await objectAt(path)), created };
        await syncFolder(dirname(path));
        return { ...stored, created };
      } catch (cause) {
        await rm(part, { force: true }).catch(() => {});
        await prune(dirname(path));
        throw cause;
      }
    },
    async *read(key, range) {
      yield* readObjectFile(pathOf(key), key, range);
    },
    head: async (key) => headOf(pathOf(key)),
    async *list(prefix) {
      const folders = prefix === "" ? [] : segmentsOfPrefix(prefix);
      yield* objectsBelow(join(root, ...folders), prefix);
    },
    async remove(key) {
      const path = pathOf(key);
      await unlink(path).catch((cause: unknown) => {
        if (!isMissing(cause)) throw diskError(cause, path);
      });
      await prune(dirname(path));
    },
    async removeAll(prefix) {
      const folder = join(root, ...segmentsOfPrefix(prefix));
      if (await isFile(folder)) return;
      await onDisk(folder, removeFolder(folder));
      await prune(dirname(folder));
    },
    async localFile(key, { signal }) {
      if (signal.aborted) throw new AppError("CANCELLED", `the request for ${key} was cancelled`);
      const path = pathOf(key);
      if (!(await isFile(path))) throw notFound(key);
      return path;
    },
    async freeBytes() {
      const { bavail, bsize } = await onDisk(
        root,
        makeFolder(root).then(() => statfs(root)),
      );
      return bavail * bsize;
    },
    removeAbandonedParts: () => removeAbandonedBelow(root),
  };
}

/** A new file beside `path`; another process may remove its folder as empty at any moment before. */
async function openPart(path: string): Promise<{ part: string; file: FileHandle }> {
  const part = join(dirname(path), partName());
  for (let tries = 1; ; tries++) {
    try {
      await makeFolder(dirname(path));
      return { part, file: await open(part, "wx") };
    } catch (cause) {
      if (errorCodeOf(cause) !== "ENOENT" || tries === MAX_TRIES) throw diskError(cause, path);
    }
  }
}

/** Writes and closes a file. Errors of `body` pass as they are, those of the disk name `path`. */
async function fill(
  file: FileHandle,
  body: AsyncIterable<Uint8Array>,
  path: string,
): Promise<StoredObject> {
  try {
    for await (const chunk of body) await onDisk(path, writeFully(file, chunk, null));
    await onDisk(path, file.sync());
    const { size, mtimeMs } = await onDisk(path, file.stat());
    return { sizeBytes: size, modifiedAt: Math.floor(mtimeMs) };
  } finally {
    await onDisk(path, file.close());
  }
}

async function moveTo(part: string, path: string): Promise<boolean> {
  await rename(part, path);
  return true;
}

/** Unlike a rename, a link fails where a file is. */
async function linkTo(part: string, path: string): Promise<boolean> {
  try {
    await link(part, path);
    return true;
  } catch (cause) {
    if (errorCodeOf(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** The object that kept another one from being stored. */
async function objectAt(path: string): Promise<StoredObject> {
  const found = await headOf(path);
  if (found) return found;
  const message = `cannot write ${path}: a folder is in its place, or it was removed at this moment; try again`;
  throw new AppError("OUTPUT_UNWRITABLE", message, { retryable: true });
}

/** What is no key, such as the names of parts, is passed over. */
async function* objectsBelow(
  folder: string,
  prefix: string,
): AsyncGenerator<StoredObject & { key: string }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw new AppError("FILE_UNREADABLE", `${folder} cannot be read`, { cause });
  });
  for (const entry of entries) {
    if (!isKeySegment(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      yield* objectsBelow(path, `${prefix}${entry.name}/`);
    } else {
      const found = await headOf(path);
      if (found) yield { key: `${prefix}${entry.name}`, ...found };
    }
  }
}

async function removeAbandonedBelow(folder: string): Promise<number> {
  let removed = await removeAbandoned(folder, { foreign: false });
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const isOurs = entry.isDirectory() && isKeySegment(entry.name);
    if (isOurs) removed += await removeAbandonedBelow(join(folder, entry.name));
  }
  return removed;
}

/** The outcome of a disk call, of which an error names `path`. */
async function onDisk<T>(path: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw diskError(cause, path);
  }
}
