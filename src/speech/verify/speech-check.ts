import { type Audio, durationOf } from "../../domain/audio.ts";
import type { SpeechRequest } from "../../ports/speech-model.ts";
import { powerToDb } from "../../signal/decibels.ts";
import { energyOf, frameLevels } from "../../signal/frame-levels.ts";

/** A frame counts as active at most this far below the loudest one, and above the floor. */
const ACTIVE_RANGE_DB = 35;
const FLOOR_DB = -60;
/** The shortest spoken names ("Al", fast) are active for about 0.15 s. */
const LEAST_ACTIVE_SECONDS = 0.06;
/** Room for silence before and after, added to what the text itself may take. */
const PADDING_SECONDS = 2;
const FULL_SCALE = 0.99;
const MOST_AT_FULL_SCALE = 0.2;
const EDGE_SECONDS = 0.005;
/**
 * Speech is below this at its very edge, against its loudest 10 ms. A vowel may set in at once (the
 * embedded voice: −6 dB at most), but a whole sound always fades out.
 */
const EDGE_DB = { start: -4, end: -20 };

/**
 * Seconds one character may take, whatever the language: the least is below what 450 words a minute
 * need, the most is a name spelled out slowly.
 */
const SECONDS: { character: RegExp; least: number; most: number }[] = [
  {
    character: /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u,
    least: 0.03,
    most: 0.9,
  },
  { character: /\p{L}/u, least: 0.006, most: 0.45 },
  { character: /\p{N}/u, least: 0.006, most: 1.5 },
  { character: /[\p{S}\p{P}]/u, least: 0, most: 1 },
  { character: /\p{M}/u, least: 0, most: 0.2 },
];

/** Why `audio` cannot be `request` spoken, such as `is silent`; null when it can. */
export function speechFault({ samples, sampleRate }: Audio, request: SpeechRequest): string | null {
  if (samples.length === 0) return "has no sound";
  if (!samples.every((sample) => Number.isFinite(sample)))
    return "holds samples that are no numbers";
  const full = samples.reduce((count, sample) => count + Number(Math.abs(sample) >= FULL_SCALE), 0);
  if (full > MOST_AT_FULL_SCALE * samples.length) {
    return `is distorted (${Math.round((100 * full) / samples.length)} % of it at full scale)`;
  }
  const { least, most } = plausibleSeconds(request);
  const active = activeSeconds(samples, sampleRate);
  if (active === 0) return "is silent";
  if (active < least) return `speaks for ${seconds(active)}, at least ${seconds(least)} are needed`;
  const duration = durationOf({ samples, sampleRate });
  if (duration > most) return `lasts ${seconds(duration)}, at most ${seconds(most)} are plausible`;
  return null;
}

/** The ends of `audio` at which speech seems to be cut off. */
export function cutEdges({ samples, sampleRate }: Audio): ("start" | "end")[] {
  const width = Math.min(samples.length, Math.max(1, Math.round(EDGE_SECONDS * sampleRate)));
  const loudest = powerToDb(frameLevels(samples, sampleRate).powers.reduce(larger, 0));
  const level = (from: number) =>
    powerToDb(energyOf(samples, from, from + width) / width) - loudest;
  const edges: ("start" | "end")[] = [];
  if (level(0) > EDGE_DB.start) edges.push("start");
  if (level(samples.length - width) > EDGE_DB.end) edges.push("end");
  return edges;
}

/**
 * Bounds for a spoken text in seconds: `least` of activity, `most` of sound. A speed widens the bounds
 * and never narrows them, as not every provider obeys it.
 */
export function plausibleSeconds({ text, speed = 1 }: SpeechRequest): {
  least: number;
  most: number;
} {
  let least = 0;
  let most = 0;
  for (const character of text.normalize("NFC")) {
    const each = SECONDS.find((kind) => kind.character.test(character));
    least += each?.least ?? 0;
    most += each?.most ?? 0;
  }
  return {
    least: Math.max(LEAST_ACTIVE_SECONDS, least) / Math.max(1, speed),
    most: (most + PADDING_SECONDS) / Math.min(1, speed),
  };
}

/** A constant offset of the samples is no sound, so it is taken off before. */
function activeSeconds(samples: Float32Array, sampleRate: number): number {
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const centred = samples.map((sample) => sample - mean);
  const { powers, frameSeconds } = frameLevels(centred, sampleRate);
  const loudestDb = powerToDb(powers.reduce(larger, 0));
  const thresholdDb = Math.max(FLOOR_DB, loudestDb - ACTIVE_RANGE_DB);
  return powers.filter((power) => powerToDb(power) > thresholdDb).length * frameSeconds;
}

function larger(a: number, b: number): number {
  return Math.max(a, b);
}

function seconds(value: number): string {
  return `${Number(value.toFixed(2))} s`;
}
