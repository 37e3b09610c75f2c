import type { Interval } from "../../src/domain/audio.ts";
import type { SpeechModel } from "../../src/ports/speech-model.ts";
import { composeBatch } from "../../src/speech/batch/batch-text.ts";
import { ownSynthesis } from "../../src/speech/batch/own-synthesis.ts";
import { splitBatch } from "../../src/speech/batch/split-batch.ts";
import { asRecorded, type BatchVoice, errorsOf, soundingParts } from "./batch-voices.ts";

/** What a voice says instead of what it was asked for. */
// biome-ignore format: one line reads best
export const SLIPS = ["says no hints", "leaves one out", "repeats one", "adds a word", "swaps two"] as const;
export type Slip = (typeof SLIPS)[number];

export type BatchTrial = {
  language: "en" | "hi";
  names: readonly string[];
  hint: string;
  /** Between all parts; ". " is what the product writes. */
  joining: string;
  voice: BatchVoice;
  slip: Slip | null;
  /** Chooses the part at which it slips. */
  slipAt: number;
  gainDb: number;
  noiseDb: number;
  seed: number;
};

export type TrialResult = { name: string; cut: boolean; foreign: number; lacking: number };

/** A clip may hold this much of what is not its name, and lack this much of it, seconds. */
const MOST_FOREIGN = 0.04;
const MOST_LACKING = 0.06;

export function isWrong({ foreign, lacking }: TrialResult): boolean {
  return foreign > MOST_FOREIGN || lacking > MOST_LACKING;
}

/**
 * Has a voice speak a batch, splits it and judges every clip by when the voice truly said what.
 * @returns null when the voice does not tell.
 */
export async function tryBatch(
  reference: SpeechModel,
  trial: BatchTrial,
): Promise<TrialResult[] | null> {
  const { names, language, joining } = trial;
  const batch = composeBatch(names, trial.hint);
  const kinds = batch.parts.map(({ kind }) => kind);
  const asked = batch.parts.map(({ from, to }, part) => ({
    said: batch.text.slice(from, to),
    part,
  }));
  const said = asSaid(asked, kinds, trial);
  const spoken = joined(said, joining);
  const take = await trial.voice.speak(spoken.text, spoken.places);
  if (!take) return null;
  const sounding = soundingParts(take);
  const { text, places: parts } = joined(asked, joining);
  const { signal } = new AbortController();
  const references = await ownSynthesis(reference, { request: { text, language }, parts, signal });
  const cuts = splitBatch({
    master: asRecorded(take.audio, trial),
    parts: kinds.map((kind) => ({ kind })),
    references,
    silenceDb: -40,
    silenceSeconds: 0.18,
  });
  const nameParts = [...kinds.keys()].filter((part) => kinds[part] === "name");
  return names.map((name, index) => {
    const cut = cuts[index];
    if (!cut) return { name, cut: false, foreign: 0, lacking: 0 };
    return { name, cut: true, ...leastError(cut, sounding, said, nameParts[index] ?? -1) };
  });
}

type Utterance = { said: string /** −1: it was not asked for. */; part: number };

/** Of a name that was said twice, either is right; of one that was not said, none is. */
function leastError(
  cut: Interval,
  sounding: readonly Interval[],
  said: readonly Utterance[],
  part: number,
): { foreign: number; lacking: number } {
  const errors = said.flatMap((one, index) =>
    one.part === part ? [errorsOf(cut, sounding, index)] : [],
  );
  const never = { foreign: Number.POSITIVE_INFINITY, lacking: 0 };
  return errors.sort((a, b) => a.foreign + a.lacking - b.foreign - b.lacking)[0] ?? never;
}

function asSaid(
  asked: readonly Utterance[],
  kinds: readonly string[],
  { slip, slipAt, language }: BatchTrial,
): Utterance[] {
  const at = slipAt % asked.length;
  const [before, here, after] = [asked.slice(0, at), asked.slice(at, at + 1), asked.slice(at + 1)];
  switch (slip) {
    case null:
      return [...asked];
    case "says no hints":
      return asked.filter(({ part }) => kinds[part] === "name");
    case "leaves one out":
      return [...before, ...after];
    case "repeats one":
      return [...before, ...here, ...here, ...after];
    case "adds a word":
      return [...before, { said: language === "hi" ? "और" : "And", part: -1 }, ...here, ...after];
    case "swaps two":
      return [...before, ...after.slice(0, 1), ...here, ...after.slice(1)];
  }
}

function joined(said: readonly Utterance[], joining: string) {
  let text = "";
  const places = said.map((one) => {
    if (text !== "") text += joining;
    const from = text.length;
    text += one.said;
    return { from, to: text.length };
  });
  return { text: `${text}.`, places };
}
