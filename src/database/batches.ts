import { setImmediate as nextTurn } from "node:timers/promises";

/** Rows read or changed by one statement at most: calls of SQLite hold up the event loop. */
export const ROWS_PER_STATEMENT = 5000;

/**
 * Rows inserted by one statement at most. PostgreSQL binds up to 65,535 parameters, SQLite 32,766;
 * the widest table has fifteen columns.
 */
export const INSERTED_ROWS = 500;

/** `items` in runs of at most `size`, in order. */
export function* batchesOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Repeats `step` until it says that it has changed fewer rows than a full batch. */
export async function untilFewerThan(size: number, step: () => Promise<number>): Promise<void> {
  while ((await step()) >= size) await nextTurn();
}

/**
 * Everything `read` returns, page by page; it is given the last item of the page before, and an empty
 * page ends it. Other work of the process goes on between pages.
 */
export async function* inPages<T>(read: (last: T | null) => Promise<T[]>): AsyncGenerator<T[]> {
  let page = await read(null);
  while (page.length > 0) {
    yield page;
    await nextTurn();
    page = await read(page.at(-1) ?? null);
  }
}
