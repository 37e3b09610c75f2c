import type { Interval } from "../domain/audio.ts";
import type { Rendition } from "../domain/rendition.ts";
import type { Seams } from "../domain/seams.ts";
import type { SlotSource } from "../domain/slot.ts";
import type { Template } from "../domain/template.ts";

/** How one recipient's output ended. */
export type OutputState = "done" | "skipped" | "failed";

/** One line of the report: what became of one row of the sheet. */
export type OutputRecord = {
  row: number;
  name: string;
  /** The output's file name; empty when there is none. */
  file: string;
  state: OutputState;
  /** Why it was skipped or failed; empty when done. */
  reason: string;
  /** The slot in seconds of the base; null when none was reached. Records of older versions say no more. */
  slot:
    | (Interval & {
        foundBy?: SlotSource | undefined;
        /** How likely it is the right place, 0..1. */
        confidence?: number | undefined;
      })
    | null;
  /** Length of the spoken name as it sounds in the output, seconds. */
  clipSeconds: number | null;
  /** Spoken pace: natural length over sounding length; 1 is natural. */
  stretch: number | null;
  seams: Seams | null;
  /** Bytes of the output file. */
  sizeBytes: number | null;
  /** Warnings that concern this recipient only. */
  warnings: string[];
  /** Hash of everything the output depends on; equal keys mean equal outputs. */
  key: string;
};

/** Where a campaign's outputs go. */
export interface OutputStore {
  /** Records of outputs that earlier runs finished and that are still there whole, by `key`. */
  finished(): Promise<Map<string, OutputRecord>>;
  /** Whether `rendition`s are kept as they are or written out as whole files. */
  readonly keeps: "files" | "renditions";
  /**
   * Makes an output appear under `file`, whole or not at all, replacing an older one.
   * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE.
   */
  publish(file: string, rendition: Rendition, template: Template): Promise<void>;
  /** Notes a finished output, so that `finished()` of a later run knows it. */
  record(record: OutputRecord): Promise<void>;
  /** Replaces the report by these records, in the order of the sheet. */
  writeReport(records: OutputRecord[]): Promise<void>;
}
