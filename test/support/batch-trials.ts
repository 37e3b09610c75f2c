import type { SpeechModel } from "../../src/ports/speech-model.ts";
import { seededRandom } from "../../src/signal/seeded-random.ts";
import { type BatchTrial, isWrong, SLIPS, tryBatch } from "./batch-trial.ts";
import {
  assembledVoice,
  type BatchVoice,
  espeakVoice,
  fliteVoice,
  shiftedVoice,
} from "./batch-voices.ts";
import type { OtherVoices } from "./other-voices.ts";

/** Closures that look like pauses, one syllable, likenesses, weak ends, names inside of names. */
const NAMES = {
  en: (
    "Rahul,Priya,Himanshu,Akbar,Padma,Siddhartha,Mary Ann,John Smith,Jose,Elizabeth Taylor,Bob,Al," +
    "Catherine,Patrick,Vikram Batra,Otto,Beckett,Scott Peck,Kate,Deepak Gupta,Abbott,Philippa,Zoe," +
    "Mehta,Jack Black,Victoria Beckham,Ed,Katkar,Apte,Ann,Anna,Joanna,Hannah,Anne Marie," +
    "Abdul Kalam,Max,Ian,Iqbal,Chuck Peck,Eve,Steve,Seth,Faith,Jeff,Wei,Ajit,Amit,Sumit,Sunita,Anita"
  ).split(","),
  hi: (
    "राहुल,प्रिया,हिमांशु,अकबर,पद्मा,सिद्धार्थ,मीरा बाई,राम प्रसाद,दीपक गुप्ता,विक्रम बत्रा,आप्टे,मेहता,कात्यायनी," +
    "पप्पू,चित्रा,बच्चन,उत्तम,अब्दुल कलाम,लता,अन्ना,आना,रीना,मीना,ओम,इला,काटकर,सुमित,अमित,अजीत,Rahul,Priya"
  ).split(","),
};
const HINTS = { en: ["", "pause", "next"], hi: ["", "ठहराव"] };
/** What the product writes, most often, and what it would meet in a voice that pauses less. */
const JOININGS = [". ", ". ", ". ", ". ", ", ", " "];
const GAINS_DB = [0, -12, -24];
const NOISES_DB = [-70, -60, -45, -35, -25];
const SLIP_SHARE = 0.25;
const ASSEMBLED_SHARE = 0.2;
const PAUSES_SECONDS = [0.06, 0.12, 0.25, 0.5];
export const BATCH_SIZE = 8;

export type Voices = { en: BatchVoice[]; hi: BatchVoice[] };

export function batchVoices(embedded: SpeechModel, others: OtherVoices): Voices {
  const espeak = (language: "en" | "hi", voice: string, speed = 1) =>
    espeakVoice(embedded, { language, voice, speed });
  return {
    en: [
      espeak("en", "en-gb+m3"),
      espeak("en", "en-us+f2", 1.25),
      espeak("en", "en-us+m7", 0.85),
      shiftedVoice(espeak("en", "en-gb"), 1.15),
      fliteVoice(others, "slt"),
      fliteVoice(others, "rms"),
      fliteVoice(others, "awb"),
      shiftedVoice(fliteVoice(others, "kal16"), 0.9),
    ],
    hi: [
      espeak("hi", "hi+f3"),
      espeak("hi", "hi+m3", 1.2),
      espeak("hi", "mr+m5", 0.9),
      espeak("hi", "ne+f4"),
      shiftedVoice(espeak("hi", "hi+m1"), 1.1),
    ],
  };
}

/** Trials without end, the same for a seed in every run. */
export function* randomTrials(voices: Voices, seed: number): Generator<BatchTrial> {
  const random = seededRandom(seed);
  const one = <T>(choices: readonly T[]): T =>
    // biome-ignore lint/style/noNonNullAssertion: the index is within the list
    choices[Math.floor(random() * choices.length)]!;
  for (let count = 1; ; count++) {
    const language = random() < 0.6 ? "en" : "hi";
    const voice = one(voices[language]);
    const pause = one(PAUSES_SECONDS);
    const isAssembled = random() < ASSEMBLED_SHARE;
    const ownRandom = seededRandom(1000 * seed + count);
    yield {
      language,
      names: chosen(NAMES[language], BATCH_SIZE, random),
      hint: one(HINTS[language]),
      joining: one(JOININGS),
      voice: isAssembled
        ? assembledVoice(voice, {
            name: `pauses of ${pause} s`,
            pause: () => pause * (0.8 + 0.4 * ownRandom()),
          })
        : voice,
      slip: random() < SLIP_SHARE ? one(SLIPS) : null,
      slipAt: Math.floor(1000 * random()),
      gainDb: one(GAINS_DB),
      noiseDb: one(NOISES_DB),
      seed: count,
    };
  }
}

function chosen<T>(all: readonly T[], count: number, random: () => number): T[] {
  const rest = [...all];
  return Array.from({ length: count }, () =>
    rest.splice(Math.floor(random() * rest.length), 1),
  ).flat();
}

/** How often names were left to be spoken alone, by what. */
export type Tally = Map<string, { names: number; alone: number }>;

/** Tries `count` batches. `wrong` describes every clip that is not its name and nothing but its name. */
export async function runTrials(
  embedded: SpeechModel,
  trials: Iterable<BatchTrial>,
  count: number,
): Promise<{ batches: number; wrong: string[]; tally: Tally }> {
  const wrong: string[] = [];
  const tally: Tally = new Map();
  let batches = 0;
  for (const trial of trials) {
    if (batches === count) break;
    const results = await tryBatch(embedded, trial);
    if (!results) continue;
    batches++;
    const { voice, joining, hint, slip, noiseDb } = trial;
    const manner = `"${joining}"${hint === "" ? "" : " with hint"}`;
    for (const result of results) {
      if (result.cut && isWrong(result)) {
        const { name, foreign, lacking } = result;
        const how = `${voice.name}, ${manner}, noise ${noiseDb} dB, ${slip ?? "no slip"}`;
        wrong.push(`${name}: foreign ${foreign} s, lacking ${lacking} s (${how})`);
      }
      const groups =
        slip === null
          ? [
              `joined by ${manner}`,
              ...(joining === ". " ? [voice.name, `noise ${noiseDb} dB`] : []),
            ]
          : [`slip: ${slip}`];
      for (const group of groups) note(tally, group, result.cut);
    }
  }
  return { batches, wrong, tally };
}

function note(tally: Tally, group: string, cut: boolean): void {
  const { names, alone } = tally.get(group) ?? { names: 0, alone: 0 };
  tally.set(group, { names: names + 1, alone: alone + Number(!cut) });
}
