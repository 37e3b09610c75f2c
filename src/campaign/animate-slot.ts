import { toAppError } from "../domain/app-error.ts";
import type { Slot } from "../domain/slot.ts";
import type { Template } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type { LipSync } from "../ports/lip-sync.ts";
import type { SlotEdit } from "../ports/media-engine.ts";
import { timeStretch } from "../signal/time-stretch.ts";
import { planPictures } from "../timeline/plan-pictures.ts";
import type { SpokenSlot } from "./speak-clip.ts";

type Animated = { pictures?: NonNullable<SlotEdit["pictures"]>; warnings: Warning[] };

/**
 * The pictures in which a slot's text is said. Where the base's pictures do not suit, its own stay, with
 * a warning.
 */
export async function animateSlot(
  scope: { lipSync: LipSync; slot: Slot; template: Template; stretch: number },
  { clip, plan }: SpokenSlot,
  signal: AbortSignal,
): Promise<Animated> {
  const { lipSync, slot, template, stretch: index } = scope;
  const stretch = template.stretches[index];
  if (!stretch) return { warnings: [] };
  const { edit } = plan;
  const { sampleRate } = template;
  const { speechStart, ...pictures } = planPictures({ stretch, slot, edit, sampleRate });
  const { samples, sampleRate: rate } = clip.audio;
  const length = Math.round(plan.clipSeconds * rate);
  const audio = { samples: timeStretch(samples, rate, length), sampleRate: rate };
  const phonemes = clip.phonemes?.map(({ symbol, start, end }) => {
    return { symbol, start: start / plan.stretch, end: end / plan.stretch };
  });
  try {
    return {
      pictures: await lipSync.animate(
        {
          template,
          stretch: index,
          ...pictures,
          speech: { audio, start: speechStart, ...(phonemes && { phonemes }) },
        },
        { signal },
      ),
      warnings: [],
    };
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    if (code !== "NO_FACE" && code !== "FACE_UNSUITABLE") throw thrown;
    return { warnings: [{ code: "LIP_SYNC_SKIPPED", message: `without lip-sync: ${message}` }] };
  }
}
