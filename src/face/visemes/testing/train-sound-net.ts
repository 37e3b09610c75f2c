import { writeFileSync } from "node:fs";
import { createOtherVoices } from "../../../../test/support/other-voices.ts";
import { type Audio, durationOf } from "../../../domain/audio.ts";
import { VISEMES } from "../../../domain/face.ts";
import type { Phoneme } from "../../../ports/speech-model.ts";
import { seededRandom } from "../../../signal/seeded-random.ts";
import { createEspeak } from "../../../speech/espeak/espeak.ts";
import { MOUTH_SHAPES } from "../mouth-shapes.ts";
import { createMouthTrack } from "../mouth-track.ts";
import {
  BANDS,
  COEFFICIENTS,
  HOP_SECONDS,
  meanSpectrum,
  soundFeatures,
} from "../sound-features.ts";
import {
  gather,
  HIDDEN,
  HIDDEN_LENGTH,
  INPUTS,
  OUTPUT_LENGTH,
  OUTPUTS,
  weigh,
} from "../sound-net.ts";
import { visemesOfPhonemes } from "../visemes-of-phonemes.ts";
import { fromArpabet } from "./arpabet.ts";
import { ENGLISH, SENTENCES } from "./training-sentences.ts";

/**
 * Makes sound-net-numbers.ts: teaches the net what visemes sound like by the embedded voice in many
 * languages and by two voices of another engine, whose phonemes are known. Run it with Node; it takes
 * a minute or two and gives the same numbers each time but for what the engine does differently.
 */

const VARIANTS = ["", "+f1", "+f2", "+f4", "+m2", "+m4", "+m6", "+m8"];
const VARIANTS_A_LANGUAGE = 3;
const LEARNED_VOICES = ["slt", "rms"] as const;
const ROUNDS = 8000;
const FRAMES_A_ROUND = 512;
const FASTEST = 0.005;
/** How much a wrong opening of the mouth counts against a wrong viseme. */
const OPENING_WEIGHT = 4;
const OPENING_UNIT = 0.1;
const DECAY = 1e-4;

type Lesson = { audio: Audio; phonemes: Phoneme[] };
type Example = { features: Float32Array; visemes: Uint8Array; openings: Float32Array };

const lessons = [...(await embeddedLessons()), ...(await otherLessons())];
const usualDb = mean(lessons.map(({ audio }) => [...meanSpectrum(audio)])).map(toHundredths);
const examples = lessons.flatMap((lesson) => exampleOf(lesson) ?? []);
const scale = scaleOf(examples);
const random = seededRandom(1);
const net = learn();
writeFileSync(new URL("../sound-net-numbers.ts", import.meta.url), moduleOf());

async function embeddedLessons(): Promise<Lesson[]> {
  const model = createEspeak();
  const { signal } = new AbortController();
  const found: Lesson[] = [];
  let next = 0;
  for (const [language, text] of Object.entries(SENTENCES)) {
    const { voice } = await model.speak({ text, language }, { signal });
    for (let n = 0; n < VARIANTS_A_LANGUAGE; n++) {
      const variant = VARIANTS[next++ % VARIANTS.length] ?? "";
      for (const sentence of text.split(/(?<=[.;।؛。])/).filter((part) => part.trim() !== "")) {
        const request = { text: sentence, language, voice: voice + variant };
        const { audio, phonemes = [] } = await model.speak(request, { signal });
        found.push({ audio, phonemes });
      }
    }
  }
  await model.close();
  return found;
}

async function otherLessons(): Promise<Lesson[]> {
  const voices = await createOtherVoices();
  const found = LEARNED_VOICES.flatMap((voice) =>
    ENGLISH.map((text) => {
      const { audio, phones } = voices.phones(text, voice);
      return { audio, phonemes: fromArpabet(phones) };
    }),
  );
  voices.close();
  return found;
}

function exampleOf({ audio, phonemes }: Lesson): Example | null {
  const features = soundFeatures(audio, { usualDb });
  if (!features) return null;
  const frames = features.length / COEFFICIENTS;
  const spans = visemesOfPhonemes(phonemes, durationOf(audio));
  const track = createMouthTrack(spans);
  const visemes = new Uint8Array(frames);
  const openings = new Float32Array(frames);
  let span = 0;
  for (let frame = 0; frame < frames; frame++) {
    const seconds = (frame + 0.5) * HOP_SECONDS;
    while ((spans[span]?.end ?? Infinity) <= seconds && span < spans.length - 1) span++;
    visemes[frame] = VISEMES.indexOf(spans[span]?.viseme ?? "sil");
    openings[frame] = track.at(seconds).open / OPENING_UNIT;
  }
  return { features, visemes, openings };
}

/** Mean and deviation of each coefficient, by which the inputs are brought to one scale. */
function scaleOf(all: readonly Example[]) {
  const frames = all.flatMap(({ features }) =>
    Array.from({ length: features.length / COEFFICIENTS }, (_, frame) => [
      ...features.subarray(frame * COEFFICIENTS, (frame + 1) * COEFFICIENTS),
    ]),
  );
  const means = mean(frames);
  const squares = mean(frames.map((row) => row.map((x, c) => (x - (means[c] ?? 0)) ** 2)));
  return {
    means: means.map(toHundredths),
    deviations: squares.map((square) => toHundredths(Math.sqrt(square))),
  };
}

/** Stochastic gradient descent (Adam: Kingma and Ba, ICLR 2015) on random frames of all examples. */
function learn() {
  const hidden = Float32Array.from({ length: HIDDEN_LENGTH }, () => spread() / Math.sqrt(INPUTS));
  const output = Float32Array.from({ length: OUTPUT_LENGTH }, () => spread() / Math.sqrt(HIDDEN));
  const steps = [createAdam(hidden), createAdam(output)] as const;
  const places = examples.flatMap(({ visemes }, example) =>
    Array.from(visemes, (_, frame) => [example, frame] as const),
  );
  const slopes = [new Float32Array(HIDDEN_LENGTH), new Float32Array(OUTPUT_LENGTH)] as const;
  const [inputs, units, chances, back] = [INPUTS, HIDDEN, OUTPUTS, HIDDEN].map(
    (length) => new Float32Array(length),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array]; // as many as there are lengths
  for (let round = 1; round <= ROUNDS; round++) {
    for (const slope of slopes) slope.fill(0);
    for (let n = 0; n < FRAMES_A_ROUND; n++) {
      const [example, frame] = places[Math.floor(random() * places.length)] ?? [0, 0];
      const { features, visemes, openings } = examples[example] as Example; // one of the places
      gather(features, frame, inputs);
      for (let i = 0; i < INPUTS; i++) {
        const c = i % COEFFICIENTS;
        inputs[i] = ((inputs[i] ?? 0) - (scale.means[c] ?? 0)) / (scale.deviations[c] ?? 1);
      }
      weigh(hidden, inputs, units);
      for (let u = 0; u < HIDDEN; u++) units[u] = Math.tanh(units[u] ?? 0);
      weigh(output, units, chances);
      blame(chances, visemes[frame] ?? 0, openings[frame] ?? 0);
      back.fill(0);
      for (let v = 0; v < OUTPUTS; v++) {
        const wrong = chances[v] ?? 0;
        for (let u = 0; u < HIDDEN; u++) {
          const at = v * (HIDDEN + 1) + u;
          back[u] = (back[u] ?? 0) + wrong * (output[at] ?? 0);
          slopes[1][at] = (slopes[1][at] ?? 0) + wrong * (units[u] ?? 0);
        }
        const bias = (v + 1) * (HIDDEN + 1) - 1;
        slopes[1][bias] = (slopes[1][bias] ?? 0) + wrong;
      }
      for (let u = 0; u < HIDDEN; u++) {
        const wrong = (back[u] ?? 0) * (1 - (units[u] ?? 0) ** 2);
        const at = u * (INPUTS + 1);
        for (let i = 0; i < INPUTS; i++) {
          slopes[0][at + i] = (slopes[0][at + i] ?? 0) + wrong * (inputs[i] ?? 0);
        }
        slopes[0][at + INPUTS] = (slopes[0][at + INPUTS] ?? 0) + wrong;
      }
    }
    const rate = FASTEST * (1 - round / ROUNDS);
    for (const [layer, step] of steps.entries()) step(slopes[layer] ?? new Float32Array(), rate);
  }
  return { hidden, output };
}

/** Turns the outputs of a frame into the slopes of what is wrong with them. */
function blame(outputs: Float32Array, viseme: number, opening: number): void {
  const largest = outputs.reduce((most, value) => Math.max(most, value), -Infinity);
  const raised = outputs.map((value) => Math.exp(value - largest));
  const total = raised.reduce((sum, value) => sum + value, 0);
  const chances = raised.map((value) => value / total);
  const expected = chances.reduce((sum, chance, v) => sum + chance * openOf(v), 0);
  for (let v = 0; v < OUTPUTS; v++) {
    const chance = chances[v] ?? 0;
    outputs[v] =
      chance -
      (v === viseme ? 1 : 0) +
      OPENING_WEIGHT * (expected - opening) * chance * (openOf(v) - expected);
  }
}

function openOf(viseme: number): number {
  return MOUTH_SHAPES[VISEMES[viseme] ?? "sil"].open / OPENING_UNIT;
}

function createAdam(values: Float32Array) {
  const first = new Float32Array(values.length);
  const second = new Float32Array(values.length);
  let count = 0;
  return (slopes: Float32Array, rate: number) => {
    count++;
    for (let i = 0; i < values.length; i++) {
      const slope = (slopes[i] ?? 0) / FRAMES_A_ROUND + DECAY * (values[i] ?? 0);
      first[i] = 0.9 * (first[i] ?? 0) + 0.1 * slope;
      second[i] = 0.999 * (second[i] ?? 0) + 0.001 * slope ** 2;
      const [mild, rough] = [1 - 0.9 ** count, 1 - 0.999 ** count];
      values[i] =
        (values[i] ?? 0) -
        (rate * ((first[i] ?? 0) / mild)) / (Math.sqrt((second[i] ?? 0) / rough) + 1e-8);
    }
  };
}

/** About normal, of deviation 1. */
function spread(): number {
  return Math.sqrt(2) * (random() + random() + random() - random() - random() - random());
}

function mean(rows: readonly number[][]): number[] {
  const sums = new Array<number>(rows[0]?.length ?? BANDS).fill(0);
  for (const row of rows) {
    for (const [i, value] of row.entries()) sums[i] = (sums[i] ?? 0) + value;
  }
  return sums.map((sum) => sum / rows.length);
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Weights as bytes: the largest of a layer is ±127. */
function bytesOf(layer: Float32Array) {
  const unit = layer.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  return { unit, bytes: Int8Array.from(layer, (value) => Math.round(value / unit)) };
}

function moduleOf(): string {
  const [hidden, output] = [bytesOf(net.hidden), bytesOf(net.output)];
  const text = (bytes: Int8Array) => {
    const lines =
      Buffer.from(bytes.buffer)
        .toString("base64")
        .match(/.{1,92}/g) ?? [];
    return `[\n${lines.map((line) => `    "${line}",\n`).join("")}  ].join("")`;
  };
  return `/** Made by testing/train-sound-net.ts; see there for what the net learned from. */
export const SOUND_NET_NUMBERS = {
  /** Mean level of each band in speech, dB relative to loud speech. */
  usualDb: [${usualDb.join(", ")}],
  /** Mean and deviation of each coefficient: the net wants them as multiples of the deviation. */
  means: [${scale.means.join(", ")}],
  deviations: [${scale.deviations.join(", ")}],
  /** Weights are these times bytes −127..127, in Base64. */
  hiddenUnit: ${hidden.unit.toPrecision(5)},
  outputUnit: ${output.unit.toPrecision(5)},
  hidden: ${text(hidden.bytes)},
  output: ${text(output.bytes)},
} as const;
`;
}
