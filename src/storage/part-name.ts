import { readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCodeOf } from "../domain/disk-error.ts";
import { isRunning, processNumberScope, RUN } from "../workers/process-identity.ts";

/**
 * Names of files and folders under work. Each says whose it is, so that what a killed run left behind
 * can be told from what another process writes in the same folder at this moment:
 * `.vocative-<where process numbers hold>-<process number>-<run>-<count>.part`
 */
const PART = /\.vocative-([0-9a-f]{8})-(\d+)-([0-9a-f]{12})-\d+\.part$/;
/** When its owner cannot be asked, work that nothing was written to for so long is given up. */
const GIVEN_UP_MS = 60 * 60 * 1000;

let count = 0;

/** A new name that begins with `.` and ends in `.part`; `stem` may say what it belongs to. */
export function partName(stem = ""): string {
  return `${stem}.vocative-${processNumberScope()}-${process.pid}-${RUN}-${count++}.part`;
}

/**
 * Deletes what killed runs left in `folder`: files named by `partName` alone, and, when `foreign`
 * is set, every other file or folder ending in `.part` that was not written to for an hour.
 * @returns How many were deleted; what cannot be deleted stays.
 */
export async function removeAbandoned(
  folder: string,
  { foreign }: { foreign: boolean },
): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  let removed = 0;
  for (const name of names) {
    const isOurs = foreign ? PART.test(name) : PART.exec(name)?.index === 0;
    if (!isOurs && !(foreign && name.endsWith(".part"))) continue;
    const path = join(folder, name);
    if (await isAbandoned(path, PART.exec(name))) {
      const isGone = await rm(path, { recursive: true, force: true }).then(
        () => true,
        () => false,
      );
      if (isGone) removed++;
    }
  }
  return removed;
}

/**
 * Deletes a folder so that a kill in between leaves an abandoned part and never half a folder. One that
 * is not there is no error.
 */
export async function removeFolder(folder: string): Promise<void> {
  const part = join(dirname(folder), partName());
  try {
    await rename(folder, part);
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errorCodeOf(cause) ?? "")) return;
    throw cause;
  }
  await rm(part, { recursive: true, force: true });
}

async function isAbandoned(path: string, part: RegExpExecArray | null): Promise<boolean> {
  if (part?.[1] === processNumberScope()) {
    const owner = Number(part[2]);
    if (owner === process.pid) return part[3] !== RUN;
    if (!isRunning(owner)) return true;
  }
  return Date.now() - (await lastWrite(path)) > GIVEN_UP_MS;
}

/** When a file, or anything directly in a folder, was last written; ms since 1970. */
async function lastWrite(path: string): Promise<number> {
  const inside = await readdir(path).catch(() => []);
  const times = await Promise.all(
    [path, ...inside.map((name) => join(path, name))].map((each) =>
      stat(each).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times);
}
