import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createPooledSheetReader } from "./pooled-sheet-reader.ts";
import { createSheetReader } from "./sheet-reader.ts";
import { makeXlsx, replaceMembers, workbookMembers } from "./testing/make-xlsx.ts";
import { makeZip } from "./testing/make-zip.ts";
import { appError } from "./testing/sheet-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sheets-"));
const reader = createPooledSheetReader();
after(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

const { signal } = new AbortController();

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

test("a sheet of many parts comes over as it is read here, in either format", async () => {
  const cells = Array.from({ length: 2500 }, (_, i) => [`Name ${i}`, i % 7 === 0 ? "" : `${i}`]);
  for (const path of [
    file("a.csv", [["name", "अंक"], ...cells].map((row) => row.join(",")).join("\n")),
    file("a.xlsx", makeXlsx([["name", "अंक"], ...cells])),
  ]) {
    const here = await createSheetReader().read(path);
    assert.equal(here.rows.length, 2500);
    assert.deepEqual(await reader.read(path), here);
    assert.deepEqual(await reader.describe(path, { signal }), {
      columns: here.columns,
      rows: 2500,
    });
  }
});

test("what is wrong with a sheet is told with its code and name", async () => {
  await assert.rejects(
    reader.describe(file("empty.csv", ""), { signal }),
    appError("SHEET_EMPTY", /^empty\.csv is empty/),
  );
  await assert.rejects(
    reader.read(join(folder, "nowhere.csv")),
    appError("FILE_NOT_FOUND", /nowhere\.csv does not exist/),
  );
});

test("bombs are refused within 2 s at no cost to this process", async () => {
  const members = workbookMembers({ rows: "" });
  const spaces = { name: "xl/worksheets/sheet1.xml", data: Buffer.alloc(64 * 2 ** 20, " ") };
  const bomb = file("bomb.xlsx", makeZip(replaceMembers(members, spaces)));
  const doctype = { ...spaces, data: "<!DOCTYPE x><worksheet/>" };
  const declared = file("dtd.xlsx", makeZip(replaceMembers(members, doctype)));
  const memoryBefore = process.memoryUsage.rss();
  const startedAt = performance.now();
  await assert.rejects(
    reader.describe(bomb, { signal }),
    appError("SHEET_BOMB", /bomb\.xlsx: .* is compressed \d+:1/),
  );
  await assert.rejects(
    reader.describe(declared, { signal }),
    appError("SHEET_DOCTYPE", /dtd\.xlsx .* has a DOCTYPE/),
  );
  assert.ok(performance.now() - startedAt < 2000);
  assert.ok(process.memoryUsage.rss() - memoryBefore < 50 * 2 ** 20);
});

test("while a large sheet is read, this process goes on", async () => {
  const path = file("large.csv", `name,city\n${"Priya Sharma,Pune\n".repeat(100_000)}`);
  let turns = 0;
  let reading = true;
  const turn = () => {
    turns += 1;
    if (reading) setImmediate(turn);
  };
  turn();
  assert.equal((await reader.describe(path, { signal })).rows, 100_000);
  reading = false;
  assert.ok(turns > 100, `${turns} turns of the event loop`);
});

test("a sheet that outgrows the child's memory is a bomb, and the next one is read", async (t) => {
  const narrow = createPooledSheetReader({ memoryLimitBytes: 90 * 2 ** 20 });
  t.after(() => narrow.close());
  const large = file("wide.csv", `name\n${`${"x".repeat(400)}\n`.repeat(40_000)}`);
  await assert.rejects(
    narrow.describe(large, { signal }),
    appError("SHEET_BOMB", /needed more than 90 MB of memory on wide\.csv, twice: save only/),
  );
  assert.equal((await narrow.describe(file("b.csv", "name\nAmit"), { signal })).rows, 1);
});

test("a sheet that takes longer than the deadline, or is no longer wanted, is given up", async (t) => {
  const path = file("slow.csv", `name,city\n${"Priya,Pune\n".repeat(100_000)}`);
  const hasty = createPooledSheetReader({ deadlineMs: 5 });
  t.after(() => hasty.close());
  await assert.rejects(
    hasty.describe(path, { signal }),
    appError("WORKER_TIMEOUT", /the sheet worker took longer than 0\.005 s on slow\.csv/),
  );
  const abort = new AbortController();
  const unwanted = reader.describe(path, { signal: abort.signal });
  abort.abort();
  await assert.rejects(unwanted, appError("CANCELLED", /cancelled/));
});

test("limits may be set", async (t) => {
  const strict = createPooledSheetReader({ limits: { rows: 1 } });
  t.after(() => strict.close());
  await assert.rejects(
    strict.describe(file("two.csv", "name\na\nb"), { signal }),
    appError("SHEET_TOO_MANY_ROWS", /two\.csv: .*more than 1 recipients: split it/),
  );
});
