import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import { createOutputJournal, type JournalEntry } from "./output-journal.ts";

let root = "";
let count = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "output-journal-test-"));
});
after(() => rm(root, { recursive: true }));

const newPath = () => join(root, String(count++), "journal.jsonl");

function entry(file: string, key = `key of ${file}`): JournalEntry {
  return {
    key,
    size: 1000,
    crc32: 7,
    kept: "files",
    stored: { bytes: 1000, modified: 1_750_000_000_123.456, inode: 7 },
    template: null,
    record: {
      row: 2,
      name: file,
      file,
      state: "done",
      reason: "",
      slot: { start: 1, end: 2 },
      clipSeconds: 0.5,
      stretch: 1,
      seams: { clickDb: -Infinity, loudnessLu: 0.5, noiseFloorDb: 1 },
      sizeBytes: 1000,
      warnings: ["one\u2028two\nthree"],
      key,
    },
  };
}

async function loaded(path: string): Promise<JournalEntry[]> {
  const journal = createOutputJournal(path);
  const entries = await journal.load();
  await journal.close();
  return [...entries.values()];
}

test("entries are loaded as they were appended, levels of digital silence included", async () => {
  const path = newPath();
  const journal = createOutputJournal(path);
  const entries = [entry("अमित.mp4"), entry("b.mp4")];
  await Promise.all(entries.map((each) => journal.append(each)));
  await journal.sync();
  await journal.close();
  assert.deepEqual(await loaded(path), entries);
});

test("nothing is written before the first entry", async () => {
  const path = newPath();
  const journal = createOutputJournal(path);
  assert.equal((await journal.load()).size, 0);
  await journal.sync();
  await journal.close();
  await assert.rejects(readdir(dirname(path)));
});

test("a later line for a file replaces an earlier one", async () => {
  const path = newPath();
  const journal = createOutputJournal(path);
  await journal.append(entry("a.mp4", "old"));
  await journal.append(entry("b.mp4"));
  await journal.append(entry("a.mp4", "new"));
  await journal.close();
  const keys = (await loaded(path)).map(({ key }) => key);
  assert.deepEqual(keys, ["key of b.mp4", "new"]);
});

test("a line that broke off anywhere costs its own entry only, also after more is appended", async () => {
  const path = newPath();
  const first = createOutputJournal(path);
  await first.append(entry("a.mp4"));
  const whole = (await readFile(path)).length;
  await first.append(entry("b.mp4"));
  await first.close();
  const both = await readFile(path);
  for (let length = whole; length < both.length - 1; length += 37) {
    await writeFile(path, both);
    await truncate(path, length);
    assert.deepEqual(await loaded(path), [entry("a.mp4")]);
    const next = createOutputJournal(path);
    await next.append(entry("c.mp4"));
    await next.close();
    assert.deepEqual(await loaded(path), [entry("a.mp4"), entry("c.mp4")]);
  }
});

test("an entry that lacks its line feed alone is whole again once more is appended", async () => {
  const path = newPath();
  const first = createOutputJournal(path);
  await first.append(entry("a.mp4"));
  await first.close();
  await truncate(path, (await readFile(path)).length - 1);
  const next = createOutputJournal(path);
  await next.append(entry("b.mp4"));
  await next.close();
  assert.deepEqual(await loaded(path), [entry("a.mp4"), entry("b.mp4")]);
});

test("damaged and foreign lines are ignored", async () => {
  const path = newPath();
  const journal = createOutputJournal(path);
  await journal.append(entry("a.mp4"));
  await appendFile(path, '\n{"key":1}\n[]\nnull\n\0\0\0\n\xff\n{"__proto__":{}}\n');
  await journal.append(entry("b.mp4"));
  await journal.close();
  assert.deepEqual(await loaded(path), [entry("a.mp4"), entry("b.mp4")]);
});

test("many superseded lines are compacted when loaded, keeping all last entries", async () => {
  const path = newPath();
  const journal = createOutputJournal(path);
  for (let round = 0; round < 300; round++) {
    await Promise.all([0, 1, 2, 3].map((i) => journal.append(entry(`${i}.mp4`, `${round}`))));
  }
  await journal.close();
  const before = (await readFile(path)).length;
  const entries = await loaded(path);
  assert.deepEqual(
    entries.map(({ key }) => key),
    ["299", "299", "299", "299"],
  );
  assert.ok((await readFile(path)).length < before / 100);
  assert.deepEqual(await loaded(path), entries);
  assert.deepEqual(await readdir(dirname(path)), ["journal.jsonl"]);
});

test("a journal that another process compacts keeps what is appended afterwards", async () => {
  const path = newPath();
  const writer = createOutputJournal(path);
  for (let i = 0; i < 1100; i++) await writer.append(entry("a.mp4", `${i}`));
  await loaded(path);
  await writer.append(entry("b.mp4"));
  await writer.close();
  assert.deepEqual(
    (await loaded(path)).map(({ key }) => key),
    ["1099", "key of b.mp4"],
  );
});

test("nothing is lost when others append while the journal is compacted", async () => {
  const path = newPath();
  const writers = [createOutputJournal(path), createOutputJournal(path)];
  for (let i = 0; i < 1100; i++) await writers[0]?.append(entry("a.mp4", `${i}`));
  const appended: Promise<void>[] = [];
  const loads: Promise<unknown>[] = [];
  for (let i = 0; i < 200; i++) {
    for (const [index, writer] of writers.entries()) {
      appended.push(writer.append(entry(`${index}-${i}.mp4`)));
    }
    if (i % 20 === 0) loads.push(loaded(path));
    await appended.at(-1);
  }
  await Promise.all([...appended, ...loads]);
  for (const writer of writers) await writer.close();
  assert.equal((await loaded(path)).length, 401);
});

test("a journal that cannot be written is an error with the path in it", async () => {
  const path = newPath();
  await writeFile(dirname(path), "no folder");
  const journal = createOutputJournal(path);
  await assert.rejects(journal.append(entry("a.mp4")), (error) => {
    return error instanceof AppError && error.code === "OUTPUT_UNWRITABLE";
  });
});
