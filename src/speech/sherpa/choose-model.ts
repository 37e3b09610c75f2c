import { AppError } from "../../domain/app-error.ts";
import { languageOfText } from "../text/language-of-text.ts";
import { nearestNames } from "../text/nearest-names.ts";
import { excerpt } from "../text/request-text.ts";
import type { FoundModel, SherpaModel } from "./find-models.ts";
import { languageFit } from "./model-languages.ts";

/** A model with one of its voices. */
export type ChosenVoice = {
  model: SherpaModel;
  /** From 0 on. */
  speaker: number;
  /** What the voice is asked for by. */
  id: string;
};

/**
 * The voice that `<model>` or `<model>/<speaker>` names, a speaker by number or name.
 * @throws AppError VOICE_UNKNOWN, SPEECH_FAILED when the model it names is not usable.
 */
export function namedVoice(found: readonly FoundModel[], voice: string): ChosenVoice {
  const cut = voice.lastIndexOf("/");
  const whole = found.find(({ name }) => name === voice);
  const name = whole || cut < 0 ? voice : voice.slice(0, cut);
  const one = found.find((other) => other.name === name);
  if (one?.usable === false) {
    throw new AppError("SPEECH_FAILED", `the model "${name}" ${one.reason}`);
  }
  if (one?.task !== "speech") throw unknownModel(voice, found);
  const speaker = whole || cut < 0 ? "0" : voice.slice(cut + 1);
  return chosen(one, speakerOf(one, speaker));
}

/**
 * The voice for a text: of the models that read its script, the one that fits the language best, the
 * first by name among equals. Latin letters are read by English models, too, when no other fits.
 * @throws AppError VOICE_UNKNOWN when no model fits.
 */
export function fittingVoice(
  found: readonly FoundModel[],
  { text, language }: { text: string; language: string },
): ChosenVoice {
  const spoken = found.filter((one) => one.usable).filter(({ task }) => task === "speech");
  const written = languageOfText(text, language);
  const fit = ({ languages }: SherpaModel) => {
    const own = languageFit(languages, language);
    if (written !== language) return own + (languageFit(languages, written) >= 2 ? 10 : 0);
    return own || (languageFit(languages, "en") >= 2 && isLatin(text) ? 0.5 : 0);
  };
  const [best] = spoken
    .map((model) => ({ model, fit: fit(model) }))
    .filter((one) => one.fit > 0)
    .sort((a, b) => b.fit - a.fit);
  if (best) return chosen(best.model, 0);
  const known = [...new Set(spoken.flatMap(({ languages }) => languages))].sort();
  const there = known.length > 0 ? `there are ${known.slice(0, 20).join(", ")}` : "there is none";
  const remedy = "add a model, or name a voice";
  throw new AppError("VOICE_UNKNOWN", `no model speaks ${excerpt(language)}: ${there}; ${remedy}`);
}

/** `<model>` for its first or only voice, else with the speaker's number. */
export function voiceId({ name, speakers }: SherpaModel, speaker: number): string {
  return speaker === 0 && speakers === 1 ? name : `${name}/${speaker}`;
}

/** Whether English letters are all it takes to read `text`. */
function isLatin(text: string): boolean {
  return !/[\p{L}--\p{Script=Latin}]/v.test(text);
}

function chosen(model: SherpaModel, speaker: number): ChosenVoice {
  return { model, speaker, id: voiceId(model, speaker) };
}

function speakerOf({ name, speakers, speakerNames }: SherpaModel, asked: string): number {
  const named = speakerNames.indexOf(asked);
  const speaker = named >= 0 ? named : /^\d{1,5}$/.test(asked) ? Number(asked) : undefined;
  if (speaker !== undefined && speaker < (speakers ?? Number.POSITIVE_INFINITY)) return speaker;
  const range = speakers === null ? "a number from 0 on" : `0 to ${speakers - 1}`;
  const message = `the model "${name}" has no speaker ${excerpt(asked)}: give ${range}`;
  throw new AppError("VOICE_UNKNOWN", message);
}

function unknownModel(voice: string, found: readonly FoundModel[]): AppError {
  const names = found.filter((one) => one.usable && one.task === "speech").map(({ name }) => name);
  const near = nearestNames(voice, names, 5).map((name) => `"${name}"`);
  const there = near.length > 0 ? `near ones: ${near.join(", ")}` : "there is none that speaks";
  return new AppError("VOICE_UNKNOWN", `no model ${excerpt(voice)}; ${there}`);
}
