import { AppError, toAppError } from "../domain/app-error.ts";
import type { Audio } from "../domain/audio.ts";
import { createRecentPromises } from "../domain/recent.ts";
import type { Slot } from "../domain/slot.ts";
import type { Template } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type { LipSync } from "../ports/lip-sync.ts";
import type { MediaEngine, Rendered, SlotEdit } from "../ports/media-engine.ts";
import type { SpeechModel, SpeechRequest } from "../ports/speech-model.ts";
import { animateSlot } from "./animate-slot.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import type { NameCheck } from "./check-name.ts";
import { type SpokenSlot, speakIntoSlot } from "./speak-clip.ts";
import { speechRequests } from "./speech-request.ts";

/** Renditions that are kept for recipients with the same text. */
const KEPT_RENDITIONS = 256;

export type RenderedRecipient = {
  rendered: Rendered;
  /** Where the first slot's text stands, seconds of the output's timeline. */
  slot: { start: number; end: number } & Pick<Slot, "foundBy" | "confidence">;
  /** As it sounds: of all slots together. */
  clipSeconds: number;
  /** The pace that is furthest from natural. */
  stretch: number;
  warnings: Warning[];
};

export type RecipientRenderer = {
  /** Speaks a recipient's texts and renders the output that says them; equal ones are rendered once. */
  render(spokenText: string, signal: AbortSignal): Promise<RenderedRecipient>;
};

export type RecipientRendererOptions = {
  media: MediaEngine;
  speech: SpeechModel;
  /** Listens to every name in its output; null for none. */
  checkName: NameCheck | null;
  /** Moves the speaker's mouth; null where it stays as recorded. */
  lipSync: LipSync | null;
  options: CampaignOptions;
  /** As in the template. */
  slots: readonly Slot[];
  template: Template;
};

export function createRecipientRenderer(scope: RecipientRendererOptions): RecipientRenderer {
  const recent = createRecentPromises<RenderedRecipient>(KEPT_RENDITIONS);
  return {
    render: (text, signal) => recent.get(text, () => renderTexts(scope, text, signal)),
  };
}

async function renderTexts(
  scope: RecipientRendererOptions,
  spokenText: string,
  signal: AbortSignal,
): Promise<RenderedRecipient> {
  const { media, template, options, slots, checkName } = scope;
  const requests = speechRequests(spokenText, options);
  if (requests.length !== slots.length) {
    throw new AppError("INTERNAL", `${requests.length} texts for ${slots.length} slots`);
  }
  const made = await Promise.all(
    slots.map((slot, index) => makeSlot(scope, { slot, index, request: requests[index] }, signal)),
  );
  const { heard, ...rendered } = await media.render(
    {
      template,
      edits: made.map(({ edit }) => edit),
      matchLoudness: options.matchNameLoudness
        ? { maxGainDb: options.nameLoudnessMaxGainDb }
        : null,
      listen: checkName !== null,
    },
    { signal },
  );
  const warnings = made.flatMap((one) => one.warnings);
  if (heard && checkName) {
    for (const [index, sound] of heard.entries()) {
      const request = requests[index];
      if (request) warnings.push(...(await doubtsOf(sound, request, { checkName, signal })));
    }
  }
  const plans = made.map(({ plan }) => plan);
  const [first] = plans;
  const [slot] = slots;
  if (!first || !slot) throw new AppError("INTERNAL", "a campaign without a slot");
  const start = (first.edit.cut.start + first.edit.fill.clipStart) / template.sampleRate;
  return {
    rendered,
    slot: {
      start,
      end: start + first.clipSeconds,
      foundBy: slot.foundBy,
      confidence: slot.confidence,
    },
    clipSeconds: plans.reduce((sum, { clipSeconds }) => sum + clipSeconds, 0),
    stretch: plans.reduce(
      (worst, { stretch }) =>
        Math.abs(Math.log(stretch)) > Math.abs(Math.log(worst)) ? stretch : worst,
      first.stretch,
    ),
    warnings,
  };
}

/** What one slot of an output says and shows. */
async function makeSlot(
  scope: RecipientRendererOptions,
  { slot, index, request }: { slot: Slot; index: number; request: SpeechRequest | undefined },
  signal: AbortSignal,
): Promise<{ edit: SlotEdit; plan: SpokenSlot["plan"]; warnings: Warning[] }> {
  if (!request) throw new AppError("INTERNAL", `slot ${index} has no text`);
  const { lipSync, template } = scope;
  const spoken = await speakIntoSlot({ ...scope, slot }, request, signal);
  const { clip, plan } = spoken;
  const edit: SlotEdit = { edit: plan.edit, clip: clip.audio };
  if (lipSync === null) return { edit, plan, warnings: clip.warnings };
  const animating = { lipSync, slot, template, stretch: index };
  const { warnings, ...pictures } = await animateSlot(animating, spoken, signal);
  return { edit: { ...edit, ...pictures }, plan, warnings: [...clip.warnings, ...warnings] };
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
