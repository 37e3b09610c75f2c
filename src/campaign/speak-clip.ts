import { AppError } from "../domain/app-error.ts";
import { type Audio, durationOf } from "../domain/audio.ts";
import type { Slot } from "../domain/slot.ts";
import type { Template } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type { Phoneme, SpeechModel, SpeechRequest } from "../ports/speech-model.ts";
import { audibleOnset, speechBounds } from "../signal/trim.ts";
import { type Plan, planEdit } from "../timeline/plan-edit.ts";
import { type CampaignOptions, keepsPace } from "./campaign-options.ts";

/** A voice is asked to speak at most this much faster before the pace is changed by ear. */
const FASTEST_SPEECH = 1.6;

/** A spoken text without the silence around it. */
export type Clip = { audio: Audio; phonemes: readonly Phoneme[] | null; warnings: Warning[] };

export type SpokenSlot = { clip: Clip; plan: Extract<Plan, { fits: true }> };

/**
 * Speaks a text so that it fits into a slot.
 * @throws AppError NAME_TOO_LONG, SPEECH_UNUSABLE, and as the voice does.
 */
export async function speakIntoSlot(
  scope: { speech: SpeechModel; options: CampaignOptions; slot: Slot; template: Template },
  request: SpeechRequest,
  signal: AbortSignal,
): Promise<SpokenSlot> {
  let clip = await speakClip(scope.speech, request, signal);
  let plan = planFor(scope, clip.audio);
  if (!plan.fits) {
    const needed = durationOf(clip.audio) / plan.longestSeconds;
    if (needed <= FASTEST_SPEECH) {
      // A voice that speaks faster sounds better than one that is squeezed; some air for its pauses.
      const speed = Math.min(FASTEST_SPEECH, needed * 1.08);
      clip = await speakClip(scope.speech, { ...request, speed }, signal);
      const message = `spoken ${speed.toFixed(2)} times as fast to fit`;
      clip.warnings.push({ code: "NAME_FASTER", message });
      plan = planFor(scope, clip.audio);
    }
  }
  if (!plan.fits) throw tooLong(request.text, clip.audio, plan.longestSeconds);
  return { clip, plan };
}

function planFor(
  { options, slot, template }: { options: CampaignOptions; slot: Slot; template: Template },
  audio: Audio,
): Plan {
  const silver = options.insertMode === "silver";
  return planEdit({
    tier: options.insertMode,
    position: options.namePosition,
    slot,
    template,
    clipSeconds: durationOf(audio),
    clipOnset: audibleOnset(audio.samples) / audio.sampleRate,
    naturalPace: keepsPace(options),
    gapSeconds: silver ? options.silverGapSeconds : options.diamondGapSeconds,
    endGuardSeconds: options.goldEndGuardSeconds,
  });
}

/** Speaks a text and takes the silence off both ends. */
async function speakClip(
  speech: SpeechModel,
  request: SpeechRequest,
  signal: AbortSignal,
): Promise<Clip> {
  const { audio, phonemes, warnings } = await speech.speak(request, { signal });
  const { samples, sampleRate } = audio;
  const bounds = speechBounds(samples, sampleRate);
  if (!bounds) {
    throw new AppError("SPEECH_UNUSABLE", `the voice returned only silence for "${request.text}"`);
  }
  const cut = bounds.start / sampleRate;
  return {
    audio: { samples: samples.slice(bounds.start, bounds.end), sampleRate },
    phonemes:
      phonemes?.map(({ symbol, start, end }) => ({
        symbol,
        start: Math.max(0, start - cut),
        end: Math.max(0, end - cut),
      })) ?? null,
    warnings: [...warnings],
  };
}

function tooLong(text: string, clip: Audio, longestSeconds: number): AppError {
  const spoken = durationOf(clip).toFixed(2);
  return new AppError(
    "NAME_TOO_LONG",
    `"${text}" takes ${spoken} s to say and the slot with its pause holds ${Math.max(0, longestSeconds).toFixed(2)} s: ` +
      "give a shorter pronunciation, a longer --slot, or use --name-position end",
  );
}
