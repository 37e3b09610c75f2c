import { AppError, toAppError } from "../domain/app-error.ts";
import { type Audio, durationOf } from "../domain/audio.ts";
import { createRecentPromises } from "../domain/recent.ts";
import type { Slot } from "../domain/slot.ts";
import type { Template } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type { MediaEngine, Rendered } from "../ports/media-engine.ts";
import type { SpeechModel, SpeechRequest } from "../ports/speech-model.ts";
import { audibleOnset, speechBounds } from "../signal/trim.ts";
import { type Plan, planEdit } from "../timeline/plan-edit.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import type { NameCheck } from "./check-name.ts";
import { speechRequest } from "./speech-request.ts";

/** A voice is asked to speak at most this much faster before the pace is changed by ear. */
const FASTEST_SPEECH = 1.6;
/** Renditions that are kept for recipients with the same text. */
const KEPT_RENDITIONS = 256;

export type RenderedRecipient = {
  rendered: Rendered;
  /** Where the name stands, seconds of the output's timeline. */
  slot: { start: number; end: number } & Pick<Slot, "foundBy" | "confidence">;
  /** As it sounds. */
  clipSeconds: number;
  stretch: number;
  warnings: Warning[];
};

export type RecipientRenderer = {
  /** Speaks a text and renders the output that says it; equal texts are rendered once. */
  render(text: string, signal: AbortSignal): Promise<RenderedRecipient>;
};

export type RecipientRendererOptions = {
  media: MediaEngine;
  speech: SpeechModel;
  /** Listens to every name in its output; null for none. */
  checkName: NameCheck | null;
  options: CampaignOptions;
  slot: Slot;
  template: Template;
};

export function createRecipientRenderer(scope: RecipientRendererOptions): RecipientRenderer {
  const recent = createRecentPromises<RenderedRecipient>(KEPT_RENDITIONS);
  return {
    render: (text, signal) => recent.get(text, () => renderText(scope, text, signal)),
  };
}

async function renderText(
  scope: RecipientRendererOptions,
  text: string,
  signal: AbortSignal,
): Promise<RenderedRecipient> {
  const { media, template, options, slot, checkName } = scope;
  const request = speechRequest(text, options);
  let clip = await speakClip(scope, request, signal);
  let plan = planFor(scope, clip.audio);
  if (!plan.fits) {
    const needed = durationOf(clip.audio) / plan.longestSeconds;
    if (needed <= FASTEST_SPEECH) {
      // A voice that speaks faster sounds better than one that is squeezed; some air for its pauses.
      const speed = Math.min(FASTEST_SPEECH, needed * 1.08);
      clip = await speakClip(scope, { ...request, speed }, signal);
      const message = `spoken ${speed.toFixed(2)} times as fast to fit`;
      clip.warnings.push({ code: "NAME_FASTER", message });
      plan = planFor(scope, clip.audio);
    }
  }
  if (!plan.fits) throw tooLong(request.text, clip.audio, plan.longestSeconds);
  const { edit } = plan;
  const { heard, ...rendered } = await media.render(
    {
      template,
      edit,
      clip: clip.audio,
      matchLoudness: options.matchNameLoudness
        ? { maxGainDb: options.nameLoudnessMaxGainDb }
        : null,
      listen: checkName !== null,
    },
    { signal },
  );
  if (heard && checkName) {
    clip.warnings.push(...(await doubtsOf(heard, request, { checkName, signal })));
  }
  const start = (edit.cut.start + edit.fill.clipStart) / template.sampleRate;
  return {
    rendered,
    slot: {
      start,
      end: start + plan.clipSeconds,
      foundBy: slot.foundBy,
      confidence: slot.confidence,
    },
    clipSeconds: plan.clipSeconds,
    stretch: plan.stretch,
    warnings: clip.warnings,
  };

  function planFor({ options, template }: RecipientRendererOptions, audio: Audio): Plan {
    return planEdit({
      tier: options.insertMode,
      position: options.namePosition,
      slot,
      template,
      clipSeconds: durationOf(audio),
      clipOnset: audibleOnset(audio.samples) / audio.sampleRate,
      silverGapSeconds: options.silverGapSeconds,
      endGuardSeconds: options.goldEndGuardSeconds,
    });
  }
}

/** Speaks a text and takes the silence off both ends. */
async function speakClip(
  { speech }: RecipientRendererOptions,
  request: SpeechRequest,
  signal: AbortSignal,
): Promise<{ audio: Audio; warnings: Warning[] }> {
  const { audio, warnings } = await speech.speak(request, { signal });
  const bounds = speechBounds(audio.samples, audio.sampleRate);
  if (!bounds) {
    throw new AppError("SPEECH_UNUSABLE", `the voice returned only silence for "${request.text}"`);
  }
  const samples = audio.samples.slice(bounds.start, bounds.end);
  return {
    audio: { samples, sampleRate: audio.sampleRate },
    warnings: [...warnings],
  };
}

/** What a recogniser heard instead of the name; that it could not listen is said, too. */
async function doubtsOf(
  heard: Audio,
  request: SpeechRequest,
  { checkName, signal }: { checkName: NameCheck; signal: AbortSignal },
): Promise<Warning[]> {
  try {
    const instead = await checkName(heard, request, { signal });
    if (instead === null) return [];
    const what = instead === "" ? "nothing" : `"${instead}"`;
    return [
      {
        code: "NAME_UNVERIFIED",
        message: `a recogniser heard ${what} instead of "${request.text}"`,
      },
    ];
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    if (code === "CANCELLED") throw thrown;
    return [{ code: "NAME_UNVERIFIED", message: `the name could not be verified: ${message}` }];
  }
}

function tooLong(text: string, clip: Audio, longestSeconds: number): AppError {
  const spoken = durationOf(clip).toFixed(2);
  return new AppError(
    "NAME_TOO_LONG",
    `"${text}" takes ${spoken} s to say and the slot with its pause holds ${Math.max(0, longestSeconds).toFixed(2)} s: ` +
      "give a shorter pronunciation, a longer --slot, or use --name-position end",
  );
}
