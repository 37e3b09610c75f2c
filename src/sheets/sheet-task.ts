import type { SheetRow } from "../domain/sheet.ts";

import type { SheetLimits } from "./sheet-limits.ts";

/** What a sheet worker is asked to do; it answers with its description. */
export type SheetTask = {
  path: string;
  limits: SheetLimits;
  /** Whether the rows are wanted, too. They come in parts before the answer. */
  rows: boolean;
};

/** Some rows of a sheet in their order, the first of which has the index `from`. */
export type SheetPart = { from: number; rows: SheetRow[] };
