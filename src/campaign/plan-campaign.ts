import { AppError } from "../domain/app-error.ts";
import type { Interval } from "../domain/audio.ts";
import type { Slot } from "../domain/slot.ts";
import type { Warning } from "../domain/warning.ts";
import type { MediaCallOptions, MediaInfo } from "../ports/media-engine.ts";
import { editableInterval } from "../timeline/plan-edit.ts";
import { type CampaignOptions, extensionOf } from "./campaign-options.ts";
import { findSlots } from "./find-slots.ts";
import { digest, FORMAT_VERSION } from "./output-key.ts";
import type { SlotTools } from "./search-slots.ts";

export type CampaignPlan = {
  slot: Slot;
  editable: Interval & { growable: boolean };
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
    findSlots(tools, { base, options, markers: null, call, onWarning }),
    hash(),
  ]);
  const [slot] = slots;
  if (!slot) throw new AppError("INTERNAL", "no slot was found, and no reason given");
  const doubt = doubtOf(slot);
  if (doubt) onWarning({ code: "SLOT_UNSURE", message: doubt });
  const editable = editableInterval({ tier: options.insertMode, slot }, analysis.duration);
  // How sure it is shapes nothing.
  const { confidence: _, ...place } = slot;
  const shape = [FORMAT_VERSION, content, extensionOf(options), editable, place];
  return { slot, editable, templateId: digest([...shape, options.keepVideo]) };
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
