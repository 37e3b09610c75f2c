import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { errorCodeOf } from "../domain/disk-error.ts";

/**
 * Names of files and folders under work. Each says whose it is, so that what a killed run left behind
 * can be told from what another process writes in the same folder at this moment:
 * `.vocative-<where process numbers hold>-<process number>-<run>-<count>.part`
 */
const PART = /\.vocative-([0-9a-f]{8})-(\d+)-([0-9a-f]{12})-\d+\.part$/;
/** When its owner cannot be asked, work that nothing was written to for so long is given up. */
const GIVEN_UP_MS = 60 * 60 * 1000;

/** Tells this process from an earlier one with the same number. */
export const RUN = randomBytes(6).toString("hex");
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

/** Deletes a folder so that a kill in between leaves an abandoned part and never half a folder. */
export async function removeFolder(folder: string): Promise<void> {
  const part = partName(folder);
  try {
    await rename(folder, part);
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT") return;
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

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errorCodeOf(cause) !== "ESRCH";
  }
}

let scope: string | undefined;

/** A machine, or on Linux a container of it, numbers its processes on its own. */
export function processNumberScope(): string {
  if (scope === undefined) {
    let namespace = "";
    try {
      namespace = readlinkSync("/proc/self/ns/pid");
    } catch {
      // No Linux: the machine is the scope.
    }
    scope = createHash("sha256").update(`${hostname()} ${namespace}`).digest("hex").slice(0, 8);
  }
  return scope;
}
