import { basename } from "node:path";
import { AppError } from "../domain/app-error.ts";
import type { SheetRow } from "../domain/sheet.ts";
import type { SheetDescription, SheetReader } from "../ports/sheet-reader.ts";
import { createWorkerPool } from "../workers/worker-pool.ts";
import { SERVER_SHEET_LIMITS, type SheetLimits } from "./sheet-limits.ts";
import type { SheetPart, SheetTask } from "./sheet-task.ts";

/** One sheet that takes its time does not hold up all others. */
const WORKERS = 2;
const DEFAULT_MEMORY_LIMIT = 1024 * 2 ** 20;
const DEFAULT_DEADLINE_MS = 10_000;

export type PooledSheetReader = SheetReader & {
  /** Process ids of the living children. */
  pids(): number[];
  close(): Promise<void>;
};

/**
 * A reader that reads in child processes: a sheet neither holds up this process nor fills its memory,
 * beyond the rows that `read` returns.
 * @param options.memoryLimitBytes Resident memory at which a child is ended; 1 GiB when left out.
 * @param options.deadlineMs For one sheet, the wait for a free child included; 10 s when left out.
 * @param options.limits Replace those of a server one by one.
 */
export function createPooledSheetReader(
  options: { memoryLimitBytes?: number; deadlineMs?: number; limits?: Partial<SheetLimits> } = {},
): PooledSheetReader {
  const { memoryLimitBytes = DEFAULT_MEMORY_LIMIT, deadlineMs = DEFAULT_DEADLINE_MS } = options;
  const pool = createWorkerPool<SheetTask, SheetDescription>({
    name: "sheet worker",
    module: new URL("./sheet-worker.ts", import.meta.url),
    size: WORKERS,
    memoryLimitBytes,
    deadlineMs,
  });

  async function run(
    path: string,
    signal: AbortSignal,
    onPart?: (part: SheetPart) => void,
  ): Promise<SheetDescription> {
    const task = {
      path,
      limits: { ...SERVER_SHEET_LIMITS, ...options.limits },
      rows: onPart !== undefined,
    };
    try {
      return await pool.run(task, {
        signal,
        overallDeadlineMs: deadlineMs,
        subject: basename(path),
        // A sheet worker hands over no other parts.
        ...(onPart && { onPart: onPart as (part: unknown) => void }),
      });
    } catch (error) {
      throw error instanceof AppError && error.code === "WORKER_MEMORY" ? outgrown(error) : error;
    }
  }

  /** What no limit of a sheet foresaw is refused all the same as what it is. */
  function outgrown(cause: AppError): AppError {
    const remedy = "save only the recipients in a new workbook or as CSV";
    return new AppError("SHEET_BOMB", `${cause.message}: ${remedy}`, { cause });
  }

  return {
    async read(path, { signal } = { signal: new AbortController().signal }) {
      const rows: SheetRow[] = [];
      const { columns } = await run(path, signal, (part) => {
        rows.length = part.from;
        for (const row of part.rows) rows.push(row);
      });
      return { columns, rows };
    },
    describe: (path, { signal }) => run(path, signal),
    pids: () => pool.pids(),
    close: () => pool.close(),
  };
}
