import type { Slot } from "../domain/slot.ts";
import type { OutputRecord } from "../ports/output-store.ts";
import type { CampaignSummary } from "./campaign-event.ts";
import type { RenderedRecipient } from "./render-recipient.ts";

/** The record of a row without a file. */
export function withoutOutput(
  recipient: { row: number; name: string },
  state: "skipped" | "failed",
  reason: string,
): OutputRecord {
  return {
    row: recipient.row,
    name: recipient.name,
    file: "",
    state,
    reason,
    slot: null,
    clipSeconds: null,
    stretch: null,
    seams: null,
    sizeBytes: null,
    warnings: [],
    key: "",
  };
}

/** The record of a row whose output was made. */
export function finishedOutput(
  { row, name, file, key }: { row: number; name: string; file: string; key: string },
  { rendered, slot, clipSeconds, stretch, ...made }: RenderedRecipient,
): OutputRecord {
  const { seams, rendition } = rendered;
  const warnings = made.warnings.map(({ message }) => message);
  const figures = { slot, clipSeconds, stretch, seams, sizeBytes: rendition.size, warnings };
  return { row, name, file, state: "done", reason: "", ...figures, key };
}

/** The record of an output that a real run would make. */
export function plannedOutput(
  { row, name, file, key }: { row: number; name: string; file: string; key: string },
  slots: readonly Slot[],
): OutputRecord {
  const [slot = null] = slots;
  return { ...withoutOutput({ row, name }, "skipped", ""), state: "done", file, slot, key };
}

/** Counts a campaign's records; `kept` of those done were made by an earlier run. */
export function summarise(
  records: Map<number, OutputRecord>,
  kept: number,
  slots: Slot[],
): CampaignSummary {
  const count = (state: OutputRecord["state"]) =>
    [...records.values()].filter((record) => record.state === state).length;
  return {
    rows: records.size,
    done: count("done"),
    kept,
    skipped: count("skipped"),
    failed: count("failed"),
    slots,
  };
}
