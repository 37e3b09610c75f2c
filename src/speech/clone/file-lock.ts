import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";

const POLL_MS = 25;
/** SQLite's result code when another connection has the lock (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;

/**
 * Does `work` while nobody else does under the same `path`, in this process or another of this machine.
 * The lock is that of an empty SQLite database: the system gives it up when a process dies, so that
 * none is ever left behind. The file stays.
 * @throws AppError CANCELLED, DISK_FULL, OUTPUT_UNWRITABLE, or whatever `work` throws.
 */
export async function withFileLock<T>(
  { path, signal }: { path: string; signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
    const lock = takeLock(path);
    if (lock) {
      try {
        return await work();
      } finally {
        lock.close();
      }
    }
    await setTimeout(POLL_MS, undefined, { signal }).catch(() => {}); // looked at above
  }
}

/** The same when nobody has the lock at this moment; else nothing is done. */
export async function ifUnlocked(path: string, work: () => Promise<void>): Promise<void> {
  const lock = takeLock(path);
  if (!lock) return;
  try {
    await work();
  } finally {
    lock.close();
  }
}

/** @returns null when another has it. */
function takeLock(path: string): DatabaseSync | null {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("BEGIN IMMEDIATE");
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY) return null;
    throw diskError(cause, path);
  }
}
