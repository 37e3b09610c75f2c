import { AppError } from "../domain/app-error.ts";
import type { Slot } from "../domain/slot.ts";
import type { Warning } from "../domain/warning.ts";
import type { EditableSlot, MediaCallOptions, MediaInfo } from "../ports/media-engine.ts";
import { editableInterval } from "../timeline/plan-edit.ts";
import { picturesInterval } from "../timeline/plan-pictures.ts";
import { separateSlots } from "../timeline/separate-slots.ts";
import { type CampaignOptions, extensionOf, isLipSynced, keepsPace } from "./campaign-options.ts";
import { findSlots } from "./find-slots.ts";
import { digest, FORMAT_VERSION } from "./output-key.ts";
import type { SlotTools } from "./search-slots.ts";
import { slotMarkers } from "./slot-markers.ts";

/** A slot, and what of the base around it recipients may have anew. */
export type PlannedSlot = EditableSlot & { slot: Slot };

export type CampaignPlan = {
  /** In the order of the base, at least one. */
  slots: PlannedSlot[];
  templateId: string;
};

export type PlanRequest = {
  base: string;
  /** SHA-256 of the base, hex; empty when the plan only says what would be made. */
  hash: () => Promise<string>;
  options: CampaignOptions;
  call: MediaCallOptions;
  onWarning: (warning: Warning) => void;
  /** Refuses a base by what it is, before it is listened to. */
  check?: (info: MediaInfo) => void;
};

/** Listens to the base and decides what will be replaced. */
export async function planCampaign(
  tools: SlotTools,
  { base, hash, options, call, onWarning, check }: PlanRequest,
): Promise<CampaignPlan> {
  const info = await tools.media.probe(base, call);
  requireTracks(base, info, options);
  check?.(info);
  const [{ slots, analysis }, content] = await Promise.all([
    findSlots(tools, { base, options, markers: markersOf(options), call, onWarning }),
    hash(),
  ]);
  for (const slot of slots) {
    const doubt = doubtOf(slot);
    if (doubt) onWarning({ code: "SLOT_UNSURE", message: doubt });
  }
  const { duration } = analysis;
  const naturalPace = keepsPace(options);
  const followed = naturalPace || isLipSynced(options);
  const planned = separateSlots(slots).map((slot) => ({
    slot,
    editable: editableInterval({ tier: options.insertMode, slot, naturalPace }, duration),
    pictures: followed ? picturesInterval(slot, duration) : null,
  }));
  // How sure it is shapes nothing.
  const places = planned.map(({ slot: { confidence: _, ...place }, ...rest }) => [place, rest]);
  const shape = [FORMAT_VERSION, content, extensionOf(options), places, options.keepVideo];
  return { slots: planned, templateId: digest(shape) };
}

/** The words of the base that a platinum campaign replaces; null for the one name of the others. */
function markersOf(options: CampaignOptions): string[] | null {
  return options.insertMode === "platinum"
    ? slotMarkers(options).map(({ marker }) => marker)
    : null;
}

export function requireTracks(base: string, info: MediaInfo, options: CampaignOptions): void {
  if (!info.audio) {
    throw new AppError(
      "NO_AUDIO",
      `${base} has no audio track, so there is no voice to put a name into: choose a video in which somebody speaks`,
    );
  }
  if (!info.video && options.insertMode !== "silver") {
    throw new AppError(
      "NO_VIDEO",
      `${base} has no picture: use --insert-mode silver for audio, or choose a video`,
    );
  }
}

function doubtOf(slot: Slot): string | null {
  const times = `${slot.start.toFixed(2)}-${slot.end.toFixed(2)} s`;
  if (slot.foundBy === "short-pause") {
    return `the name was taken to be ${times}, which only a short pause ends: check it, or give --slot START-END`;
  }
  if (slot.foundBy === "fixed-length") {
    return `no pause ends the first words, so ${times} is replaced: give the name's place with --slot START-END`;
  }
  return null;
}
