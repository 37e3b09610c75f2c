import type { Insertable, Selectable } from "kysely";
import type { NewRecipient, RecipientRow, RowResult } from "../ports/job-store.ts";
import type { OutputLocation, StoredOutput } from "../ports/output-archive.ts";
import type { OutputRecord } from "../ports/output-store.ts";
import type { RecipientTable } from "./schema.ts";

type Row = Selectable<RecipientTable>;

/** The part of a record that is kept as JSON. */
type Figures = Pick<
  OutputRecord,
  "slot" | "clipSeconds" | "stretch" | "seams" | "warnings" | "key"
>;

const NO_FIGURES: Figures = {
  slot: null,
  clipSeconds: null,
  stretch: null,
  seams: null,
  warnings: [],
  key: "",
};

/** What a row has that is still to be made. */
export const PENDING_COLUMNS = {
  state: "pending" as const,
  reason: "",
  fence: null,
  size_bytes: null,
  crc32: null,
  object_key: null,
  pack_offset: null,
  pack_length: null,
  figures: null,
};

export function newRecipientRow(
  jobId: string,
  recipient: NewRecipient,
  now: number,
): Insertable<RecipientTable> {
  const { row, name } = recipient;
  const common = { ...PENDING_COLUMNS, job_id: jobId, row, name, updated_at: now };
  if (recipient.state === "skipped") {
    const { state, reason } = recipient;
    return { ...common, file: "", spoken_text: "", state, reason };
  }
  return { ...common, file: recipient.file, spoken_text: recipient.spokenText };
}

/** What a settled row has. Its planned file name stays, so that it can be made again. */
export function settledColumns({ record, output }: RowResult) {
  const { state, reason, slot, clipSeconds, stretch, seams, warnings, key } = record;
  const figures: Figures = { slot, clipSeconds, stretch, seams, warnings, key };
  const location = output?.location ?? null;
  return {
    state,
    reason,
    fence: null,
    size_bytes: output?.sizeBytes ?? record.sizeBytes,
    crc32: output?.crc32 ?? null,
    object_key: location?.key ?? null,
    pack_offset: location?.kind === "pack" ? location.offset : null,
    pack_length: location?.kind === "pack" ? location.length : null,
    figures: JSON.stringify(figures),
  };
}

export function recipientOf(row: Row): RecipientRow {
  const figures: Figures = row.figures === null ? NO_FIGURES : JSON.parse(row.figures);
  const hasFile = row.state !== "failed" && row.state !== "skipped";
  return {
    row: row.row,
    name: row.name,
    file: hasFile ? row.file : "",
    state: row.state,
    reason: row.reason,
    slot: figures.slot,
    clipSeconds: figures.clipSeconds,
    stretch: figures.stretch,
    seams: figures.seams,
    sizeBytes: row.size_bytes,
    warnings: figures.warnings,
    key: figures.key,
    spokenText: row.spoken_text,
    output: outputOf(row),
    updatedAt: row.updated_at,
  };
}

function outputOf(row: Row): StoredOutput | null {
  const { object_key: key, pack_offset: offset, pack_length: length } = row;
  if (key === null || row.size_bytes === null || row.crc32 === null) return null;
  const location: OutputLocation =
    offset === null || length === null
      ? { kind: "file", key }
      : { kind: "pack", key, offset, length };
  return { location, sizeBytes: row.size_bytes, crc32: row.crc32 };
}
