import { inCarrier, nearMark, type Passage, readAloud } from "../../src/campaign/read-aloud.ts";
import { placeOfWords, withoutBraces } from "../../src/campaign/transcript-marks.ts";
import type { Interval } from "../../src/domain/audio.ts";
import type { SpeechModel } from "../../src/ports/speech-model.ts";
import { findInText, findWords } from "../../src/signal/search-speech.ts";
import { speechFeatures } from "../../src/signal/speech-features.ts";
import { OTHER_VOICES, type OtherVoice, type OtherVoices, withNoise } from "./other-voices.ts";

/** Speech over noise, dB; null is as the voice made it. */
export type NoiseRatio = 20 | 10 | null;

export type Trial = {
  /** What was sought, in which sentence, spoken by whom. */
  about: string;
  /** Whether the base says it. */
  said: boolean;
  /** Whether what was found overlaps the truth by more than half of both. */
  right: boolean;
  confidence: number;
  /** Found minus true, seconds; null when it is not said. */
  startError: number | null;
  endError: number | null;
};

/** With four voices 40 slots. */
export const SENTENCES = [
  "Hello {Amanda}, thank you for visiting our new shop.",
  "Good evening {Robert}, your table is ready for you.",
  "It was lovely to meet you last week. All the best, {Steven}.",
  "Dear {colleague}, please remember to send me the report.",
  "Hi {neighbour}, we are building a garden behind the school.",
  "Happy birthday {name one}, from all of us and from {name two}.",
  "Well done {Patricia}, you have passed the final examination.",
  "Next summer, {Kumar}, we are going to travel around the world.",
  "Listen {brother}, the music is playing in the park tonight.",
];

/** None of the sentences holds them. */
export const UNSAID = ["Elizabeth", "Michael", "Norway", "customer", "Amit Kumar", "Monday"];

type Setup = {
  voices: OtherVoices;
  reference: SpeechModel;
  signal: AbortSignal;
};

/** Every sentence of every voice, searched by its transcript; `wrong` by that of another sentence. */
export async function transcriptTrials(
  setup: Setup,
  { ratio, wrong = false, voices = OTHER_VOICES, sentences = SENTENCES }: TrialOptions,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const { text, voice, heard, slots } of bases(setup, { ratio, voices, sentences })) {
    const index = sentences.indexOf(text);
    const transcript = wrong ? (SENTENCES[(index + 4) % SENTENCES.length] ?? "") : text;
    const { text: plain, marks } = withoutBraces(transcript);
    for (const [i, mark] of marks.entries()) {
      const found = findInText(heard, await read(setup, nearMark({ text: plain, mark })));
      trials.push(trialOf(`${transcript} ${voice}`, found, wrong ? [] : slots.slice(i, i + 1)));
    }
  }
  return trials;
}

/** Every sentence of every voice, searched for the words it says and for some that it does not. */
export async function wordTrials(
  setup: Setup,
  { ratio, voices = OTHER_VOICES, sentences = SENTENCES }: TrialOptions,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const { text, voice, heard, slots } of bases(setup, { ratio, voices, sentences })) {
    const { text: plain, marks } = withoutBraces(text);
    const said = marks.map(({ from, to }) => plain.slice(from, to));
    const first = sentences.indexOf(text);
    const unsaid = [0, 2, 4].map((step) => UNSAID[(first + step) % UNSAID.length] ?? "");
    const others = SENTENCES.map((one) => /\{(.+?)\}/.exec(one)?.[1] ?? "").filter(
      (word) => !placeOfWords(plain, word),
    );
    for (const words of [...said, ...unsaid, others[first % others.length] ?? ""]) {
      const passage = inCarrier(words);
      if (!passage) throw new Error(`${words} cannot be sought alone`);
      const found = findWords(heard, await read(setup, passage));
      const places = slots.filter((_, i) => said[i] === words);
      trials.push(trialOf(`${words} in ${text} ${voice}`, found, places));
    }
  }
  return trials;
}

export type TrialOptions = {
  ratio: NoiseRatio;
  wrong?: boolean;
  voices?: readonly OtherVoice[];
  sentences?: readonly string[];
};

function* bases(
  { voices }: Setup,
  options: Required<Pick<TrialOptions, "ratio" | "voices" | "sentences">>,
) {
  for (const voice of options.voices) {
    for (const text of options.sentences) {
      const { audio, slots } = voices.speak(text, voice);
      const { samples, sampleRate } =
        options.ratio === null ? audio : withNoise(audio, options.ratio);
      yield { text, voice, slots, heard: speechFeatures(samples, sampleRate) };
    }
  }
}

async function read({ reference, signal }: Setup, passage: Passage) {
  const readings = await readAloud(reference, passage, { language: "en", signal });
  return readings.map(({ audio, span }) => ({ ...audio, span }));
}

function trialOf(
  about: string,
  found: (Interval & { confidence: number }) | null,
  truths: readonly Interval[],
): Trial {
  const [truth] = truths;
  return {
    about,
    said: truth !== undefined,
    right: found !== null && truth !== undefined && overlap(found, truth) > 0.5,
    confidence: found?.confidence ?? 0,
    startError: found && truth ? found.start - truth.start : null,
    endError: found && truth ? found.end - truth.end : null,
  };
}

function overlap(a: Interval, b: Interval): number {
  const shared = Math.min(a.end, b.end) - Math.max(a.start, b.start);
  return Math.max(0, shared) / (Math.max(a.end, b.end) - Math.min(a.start, b.start));
}
