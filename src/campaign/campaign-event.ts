import type { Slot } from "../domain/slot.ts";
import type { Template } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type { OutputRecord } from "../ports/output-store.ts";

/** What a running campaign tells, in order. */
export type CampaignEvent =
  | { type: "warning"; warning: Warning }
  /** How many rows there are, and how many of them earlier runs have finished. */
  | { type: "planned"; rows: number; toDo: number; finishedBefore: number; slots: Slot[] }
  /** The base is being compiled, which may take a while where its picture has to be converted. */
  | { type: "compiling" }
  | { type: "compiled"; template: Template }
  /** A row reached its end; `kept` when an earlier run had finished it. */
  | { type: "recipient"; record: OutputRecord; kept: boolean };

export type CampaignSummary = {
  rows: number;
  done: number;
  /** Of `done`: finished by an earlier run. */
  kept: number;
  skipped: number;
  failed: number;
  slots: Slot[];
};
