import type { SheetDescription } from "../ports/sheet-reader.ts";
import { serveTasks } from "../workers/serve-tasks.ts";
import { createSheetReader } from "./sheet-reader.ts";
import type { SheetPart, SheetTask } from "./sheet-task.ts";

/** Rows that are handed over at once: the parent takes them in a few milliseconds. */
const PART_ROWS = 1000;

/** The child process in which a server reads sheets, which may be made to harm. */
serveTasks<SheetTask, SheetDescription, SheetPart>(async ({ path, limits, rows }, handOver) => {
  const sheet = await createSheetReader(limits).read(path);
  for (let from = 0; rows && from < sheet.rows.length; from += PART_ROWS) {
    handOver({ from, rows: sheet.rows.slice(from, from + PART_ROWS) });
  }
  return { columns: sheet.columns, rows: sheet.rows.length };
});
