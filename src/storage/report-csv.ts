import { BYTE_ORDER_MARK, csvCell } from "../domain/csv-cell.ts";
import type { OutputRecord } from "../ports/output-store.ts";

const COLUMNS: Record<string, (record: OutputRecord) => string> = {
  row: ({ row }) => String(row),
  name: ({ name }) => name,
  file: ({ file }) => file,
  state: ({ state }) => state,
  reason: ({ reason }) => reason,
  slot_start: ({ slot }) => decimal(slot?.start, 3),
  slot_end: ({ slot }) => decimal(slot?.end, 3),
  clip_seconds: ({ clipSeconds }) => decimal(clipSeconds, 3),
  stretch: ({ stretch }) => decimal(stretch, 3),
  click_db: ({ seams }) => decimal(seams?.clickDb, 2),
  loudness_lu: ({ seams }) => decimal(seams?.loudnessLu, 2),
  noise_floor_db: ({ seams }) => decimal(seams?.noiseFloorDb, 2),
  size_bytes: ({ sizeBytes }) => decimal(sizeBytes, 0),
  warnings: ({ warnings }) => warnings.join("; "),
  slot_found_by: ({ slot }) => slot?.foundBy ?? "",
  slot_confidence: ({ slot }) => decimal(slot?.confidence, 2),
};

/**
 * The report as CSV: UTF-8, comma, quoted as in RFC 4180, one line a record. A text which a spreadsheet
 * program would run as a formula stands behind an apostrophe.
 */
export function reportCsv(records: readonly OutputRecord[]): string {
  const header = Object.keys(COLUMNS).join(",");
  const lines = records.map((record) =>
    Object.values(COLUMNS)
      .map((column) => csvCell(column(record)))
      .join(","),
  );
  return `${BYTE_ORDER_MARK}${[header, ...lines].join("\r\n")}\r\n`;
}

function decimal(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? "" : String(Number(value.toFixed(digits)));
}
