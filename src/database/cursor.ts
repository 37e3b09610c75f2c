import { createHash } from "node:crypto";
import { AppError } from "../domain/app-error.ts";
import type { Page } from "../ports/job-store.ts";

/** Where a page ended: the sort key of its last item. */
type Position = readonly (string | number)[];

const CHECK_LENGTH = 8;
const LONGEST_CURSOR = 1000;

/**
 * The cursor of `position` in a list of `kind`, in base64url. Its check finds slips, not forgers: a
 * position shows nobody anything that its list would not.
 */
export function cursorOf(kind: string, position: Position): string {
  const text = Buffer.from(JSON.stringify(position)).toString("base64url");
  return checkOf(kind, text) + text;
}

/** @throws AppError INVALID_OPTION for what `cursorOf` did not make for this kind. */
export function positionOf<P extends Position>(kind: string, cursor: string): P {
  const text = cursor.slice(CHECK_LENGTH);
  if (cursor.length > LONGEST_CURSOR || cursor.slice(0, CHECK_LENGTH) !== checkOf(kind, text)) {
    const shown = cursor.slice(0, 40);
    throw new AppError(
      "INVALID_OPTION",
      `cursor ${JSON.stringify(shown)} is none of this list: use the one of its last page as it is, or leave it out`,
    );
  }
  // The check has shown that it was made here, for this kind of list.
  return JSON.parse(Buffer.from(text, "base64url").toString()) as P;
}

/**
 * A page of `limit` items out of rows, of which one more was read to see whether there is a next page.
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  {
    limit,
    kind,
    item,
    position,
  }: { limit: number; kind: string; item: (row: Row) => Item; position: (row: Row) => Position },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = last !== undefined && rows.length > limit ? cursorOf(kind, position(last)) : null;
  return { items: shown.map(item), next };
}

function checkOf(kind: string, text: string): string {
  return createHash("sha256").update(`${kind}:${text}`).digest("base64url").slice(0, CHECK_LENGTH);
}
