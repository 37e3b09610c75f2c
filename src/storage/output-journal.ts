import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { AppError } from "../domain/app-error.ts";
import { diskError, errorCodeOf } from "../domain/disk-error.ts";
import { SLOT_SOURCES } from "../domain/slot.ts";
import type { OutputRecord } from "../ports/output-store.ts";
import { syncFolder, writeFully } from "./atomic-file.ts";
import { templateReference } from "./rendition-format.ts";

const READ_BYTES = 2 ** 18;
const NEWLINE = 0x0a;
/** Below so many lines rewriting the journal is not worth it. */
const COMPACT_LINES = 1000;

/** JSON has no word for these; a level of digital silence is one. */
const level = z.union([
  z.number(),
  z.enum(["Infinity", "-Infinity", "NaN"]).transform((word) => Number(word)),
]);

const outputRecord = z.object({
  row: z.number(),
  name: z.string(),
  file: z.string(),
  state: z.enum(["done", "skipped", "failed"]),
  reason: z.string(),
  slot: z
    .object({
      start: z.number(),
      end: z.number(),
      foundBy: z.enum(SLOT_SOURCES).optional(),
      confidence: z.number().optional(),
    })
    .nullable(),
  clipSeconds: level.nullable(),
  stretch: level.nullable(),
  seams: z.object({ clickDb: level, loudnessLu: level, noiseFloorDb: level }).nullable(),
  sizeBytes: z.number().nullable(),
  warnings: z.array(z.string()),
  key: z.string(),
}) satisfies z.ZodType<OutputRecord>;

const journalEntry = z.object({
  key: z.string(),
  /** Of the whole output, in bytes. */
  size: z.int().nonnegative(),
  /** Of the whole output. */
  crc32: z.int().nonnegative(),
  kept: z.enum(["files", "renditions"]),
  /** The file it is kept in, as it was when it was written. */
  stored: z.object({ bytes: z.int().nonnegative(), modified: z.number(), inode: z.number() }),
  /** Needed to make the output from what is kept; null when that is the output. */
  template: templateReference.nullable(),
  record: outputRecord,
});
export type JournalEntry = z.infer<typeof journalEntry>;

/** One line of JSON for each finished output, appended; a later line for a file replaces an earlier. */
export type OutputJournal = {
  /** The last entry of each output file, by its name. Damaged lines count as never written. */
  load(): Promise<Map<string, JournalEntry>>;
  /** Resolves when the line has been handed to the system: a kill does not lose it. */
  append(entry: JournalEntry): Promise<void>;
  /** Resolves when a power cut does not lose the lines either. */
  sync(): Promise<void>;
  close(): Promise<void>;
};

/** A journal at `path`, made with its first line. Several processes may append at a time. */
export function createOutputJournal(path: string): OutputJournal {
  let file: FileHandle | null = null;
  let batch: { lines: string[]; written: Promise<void> } | null = null;
  /** All work on `file`, one after the other. */
  let queue: Promise<unknown> = Promise.resolve();

  function enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work);
    queue = done.catch(() => {});
    return done.catch((cause: unknown) => {
      throw diskError(cause, path);
    });
  }

  async function closeFile(): Promise<void> {
    const closing = file;
    file = null;
    await closing?.close();
  }

  async function write(lines: string[]): Promise<void> {
    const bytes = Buffer.from(lines.join(""));
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        file ??= await openToAppend(path);
        await writeFully(file, bytes, null);
        // Another process may have put a compacted journal in this one's place.
        if ((await file.stat()).nlink > 0) return;
        await closeFile();
      }
    } catch (cause) {
      // The next line must not continue one that broke off: opening anew looks after that.
      await closeFile().catch(() => {});
      throw cause;
    }
  }

  return {
    load: () =>
      enqueue(async () => {
        const { entries, lines } = await readJournal(path);
        if (lines > COMPACT_LINES && lines > 2 * entries.size) {
          // Only saves space and time: when it cannot be done, or another process does it, all is well.
          await compact(path).catch(() => {});
        }
        return entries;
      }),
    append(entry) {
      if (batch === null) {
        const lines: string[] = [];
        const written = enqueue(() => {
          batch = null;
          return write(lines);
        });
        batch = { lines, written };
      }
      batch.lines.push(lineOf(entry));
      return batch.written;
    },
    sync: () =>
      enqueue(async () => {
        if (file === null) return;
        await file.sync();
        await syncFolder(dirname(path));
      }),
    close: () => enqueue(closeFile),
  };
}

function lineOf(entry: JournalEntry): string {
  const json = JSON.stringify(entry, (_key, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
  return `${json}\n`;
}

async function openToAppend(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "a+");
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    if (size > 0 && last[0] !== NEWLINE) await file.write("\n");
    return file;
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

type JournalContents = {
  entries: Map<string, JournalEntry>;
  lines: number;
  /** Where the last whole line ends. */
  end: number;
};

async function readJournal(path: string): Promise<JournalContents> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT") return { entries: new Map(), lines: 0, end: 0 };
    throw new AppError("FILE_UNREADABLE", `the journal ${path} cannot be read: delete it`, {
      cause,
    });
  }
  try {
    return await readEntries(file);
  } finally {
    await file.close();
  }
}

async function readEntries(file: FileHandle): Promise<JournalContents> {
  const entries = new Map<string, JournalEntry>();
  let lines = 0;
  let end = 0;
  for await (const line of wholeLines(file)) {
    lines++;
    end += line.length + 1;
    const entry = parseEntry(line);
    if (entry === null) continue;
    // Again at the end, so that entries stay in the order in which they were made.
    entries.delete(entry.record.file);
    entries.set(entry.record.file, entry);
  }
  return { entries, lines, end };
}

/** Lines without their line feed; what follows the last line feed is left out. */
async function* wholeLines(file: FileHandle): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for (let position = 0; ; ) {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const read = buffer.subarray(0, bytesRead);
    const chunk = rest.length === 0 ? read : Buffer.concat([rest, read]);
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      yield chunk.subarray(start, at);
      start = at + 1;
    }
    rest = chunk.subarray(start);
  }
}

function parseEntry(line: Buffer): JournalEntry | null {
  try {
    return journalEntry.parse(JSON.parse(line.toString()));
  } catch {
    return null;
  }
}

/** Puts a journal of the last entries alone in the old one's place. */
async function compact(path: string): Promise<void> {
  const part = join(dirname(path), "journal.part");
  // Its existence is the lock: one process compacts at a time.
  const compacted = await open(part, "ax");
  try {
    const old = await open(path, "r");
    try {
      const { entries, end } = await readEntries(old);
      let text = "";
      for (const entry of entries.values()) {
        text += lineOf(entry);
        if (text.length < READ_BYTES) continue;
        await writeFully(compacted, Buffer.from(text), null);
        text = "";
      }
      await writeFully(compacted, Buffer.from(text), null);
      await compacted.sync();
      await rename(part, path);
      // What another process appended to the old journal meanwhile; from now on it sees the new one.
      const { size } = await old.stat();
      const late = Buffer.alloc(size - end);
      await old.read(late, 0, late.length, end);
      await writeFully(compacted, late, null);
    } finally {
      await old.close();
    }
  } finally {
    await compacted.close();
    await rm(part, { force: true });
  }
}
