import type { Phoneme } from "../ports/speech-model.ts";
import { toDb } from "../signal/decibels.ts";
import type { SampleVoice } from "./sample-voice.ts";
import type { Moment } from "./scene.ts";

/** Loudness from nothing to full, dB of a short stretch's RMS. */
const QUIET_DB = -44;
const LOUD_DB = -16;
const STRETCH_SECONDS = 0.04;

/** How a mouth makes a sound: how far it opens, and from rounded (−1) to spread (1). */
type Shape = { open: number; width: number };

const SHAPES: [RegExp, Shape][] = [
  [/^[mbp]/, { open: 0, width: 0 }],
  [/^[fv]/, { open: 0.16, width: 0.2 }],
  [/[uʊwoɔ]/, { open: 0.62, width: -1 }],
  [/[aɑæʌɐ]/, { open: 1, width: 0.1 }],
  [/[iɪeɛj]/, { open: 0.55, width: 1 }],
  [/[əɚɜ]/, { open: 0.5, width: 0 }],
];
const OTHER: Shape = { open: 0.34, width: 0.2 };

/** The moments of a film of a speaker, one a frame: the mouth follows the voice. */
export function* speakingMoments(
  voice: SampleVoice,
  { frames, frameRate }: { frames: number; frameRate: number },
): Generator<Moment> {
  let loudness = 0;
  let emphasis = 0;
  let [open, width] = [0, 0];
  let next = 0;
  for (let frame = 0; frame < frames; frame++) {
    const time = frame / frameRate;
    const now = loudnessAt(voice, time);
    loudness = Math.max(now, loudness - 2.2 / frameRate);
    emphasis += (loudness - emphasis) * Math.min(1, 2.4 / frameRate);
    while ((voice.phonemes[next]?.end ?? Number.POSITIVE_INFINITY) <= time) next++;
    const shape = shapeOf(voice.phonemes[next], time);
    // The lips take about 60 ms from one shape to the next.
    const share = Math.min(1, 16 / frameRate);
    open += (shape.open * Math.min(1, 1.25 * now) - open) * share;
    width += (shape.width * Math.min(1, 2 * now) - width) * share;
    const expression = {
      mouthOpen: open,
      mouthWidth: width,
      eyesClosed: eyesClosedAt(time),
      browsRaised: Math.min(1, emphasis * 1.2),
    };
    yield { time, loudness, expression };
  }
}

/** How loud so many even parts of the whole are, 0..1; quieter ones are shown smaller than they are. */
export function loudnessWave(voice: SampleVoice, parts: number): number[] {
  const seconds = voice.samples.length / voice.sampleRate / parts;
  const stretches = Math.max(1, Math.round(seconds / STRETCH_SECONDS));
  return Array.from({ length: parts }, (_, part) => {
    let sum = 0;
    for (let i = 0; i < stretches; i++) {
      sum += loudnessAt(voice, (part + (i + 0.5) / stretches) * seconds);
    }
    return (sum / stretches) ** 2;
  });
}

function loudnessAt({ samples, sampleRate }: SampleVoice, time: number): number {
  const start = Math.max(0, Math.round((time - STRETCH_SECONDS / 2) * sampleRate));
  const stretch = samples.subarray(start, start + Math.round(STRETCH_SECONDS * sampleRate));
  let energy = 0;
  for (const sample of stretch) energy += sample * sample;
  const level = toDb(Math.sqrt(energy / Math.max(1, stretch.length)));
  return Math.min(1, Math.max(0, (level - QUIET_DB) / (LOUD_DB - QUIET_DB)));
}

function shapeOf(phoneme: Phoneme | undefined, time: number): Shape {
  // Without timings, or between two words, loudness alone moves the mouth.
  if (!phoneme || phoneme.start > time) return { open: 0.7, width: 0 };
  const symbol = phoneme.symbol.replace(/[ˈˌ]/g, "");
  return SHAPES.find(([pattern]) => pattern.test(symbol))?.[1] ?? OTHER;
}

/** A blink of 0.18 s every three seconds or so. */
function eyesClosedAt(time: number): number {
  const count = Math.round(time / 3.1);
  const blink = count * 3.1 + 0.5 * Math.sin(count * 2.3) - 0.9;
  return Math.max(0, Math.min(1, 1.6 * (1 - Math.abs(time - blink) / 0.09)));
}
