import type { Audio, Interval } from "../../src/domain/audio.ts";
import type { SpeechModel } from "../../src/ports/speech-model.ts";
import { powerToDb } from "../../src/signal/decibels.ts";
import { frameLevels } from "../../src/signal/frame-levels.ts";
import { percentile } from "../../src/signal/percentile.ts";
import { seededRandom } from "../../src/signal/seeded-random.ts";
import { placeOf } from "../../src/speech/batch/own-synthesis.ts";
import type { OtherVoice, OtherVoices } from "./other-voices.ts";

/** Synthetic voices that speak a text of several parts and know when each part is heard. */

/** A part of a text, from character `from` (inclusive) to `to` (exclusive). */
export type Stretch = { from: number; to: number };

export type Take = { audio: Audio; parts: Interval[] };

export type BatchVoice = {
  name: string;
  /** Null when the voice cannot say what it spoke when. */
  speak(text: string, parts: readonly Stretch[]): Promise<Take | null>;
};

const { signal } = new AbortController();

/** The embedded voice in one of its variants. */
export function espeakVoice(
  model: SpeechModel,
  { voice, speed, language }: { voice: string; speed: number; language: string },
): BatchVoice {
  return {
    name: `eSpeak ${voice}, speed ${speed}`,
    async speak(text, parts) {
      const { audio, words } = await model.speak({ text, language, voice, speed }, { signal });
      const places = parts.map((part) => placeOf(part, text, words));
      const known = places.filter((place) => place !== null);
      return known.length === parts.length ? { audio, parts: known } : null;
    },
  };
}

/**
 * Flite: another engine with its own pronunciations and its own, short pauses. It passes over words of
 * other scripts, which is known by their having no sounds when spoken alone.
 */
export function fliteVoice(voices: OtherVoices, voice: OtherVoice): BatchVoice {
  const counts = new Map<string, number>();
  const countOf = (text: string): number => {
    const known = counts.get(text) ?? voices.phones(text, voice).phones.length;
    counts.set(text, known);
    return known;
  };
  return {
    name: `Flite ${voice}`,
    async speak(text, parts) {
      const each = parts.map(({ from, to }) => countOf(text.slice(from, to)));
      const { audio, phones } = voices.phones(text, voice);
      if (each.reduce((a, b) => a + b, 0) !== phones.length || each.includes(0)) return null;
      let next = 0;
      const places = each.map((count) => {
        const own = phones.slice(next, next + count);
        next += count;
        return { start: own[0]?.start ?? 0, end: own.at(-1)?.end ?? 0 };
      });
      return { audio, parts: places };
    },
  };
}

/** Each part spoken for itself, put together with pauses of `pause()` seconds: known by making. */
export function assembledVoice(
  voice: BatchVoice,
  { name, pause }: { name: string; pause: () => number },
): BatchVoice {
  return {
    name: `${voice.name}, ${name}`,
    async speak(text, parts) {
      const chunks: Float32Array[] = [];
      const places: Interval[] = [];
      let sampleRate = 0;
      let length = 0;
      const add = (chunk: Float32Array) => {
        chunks.push(chunk);
        length += chunk.length;
      };
      for (const { from, to } of parts) {
        const own = text.slice(from, to);
        const take = await voice.speak(own, [{ from: 0, to: own.length }]);
        const place = take?.parts[0];
        if (!take || !place) return null;
        sampleRate = take.audio.sampleRate;
        add(new Float32Array(Math.round(pause() * sampleRate)));
        const start = length / sampleRate;
        add(take.audio.samples.subarray(place.start * sampleRate, place.end * sampleRate));
        places.push({ start, end: length / sampleRate });
      }
      add(new Float32Array(Math.round(0.2 * sampleRate)));
      const samples = new Float32Array(length);
      let at = 0;
      for (const chunk of chunks) {
        samples.set(chunk, at);
        at += chunk.length;
      }
      return { audio: { samples, sampleRate }, parts: places };
    },
  };
}

/** Another speaker by the crudest means: pitch, formants and pace are `factor` times as high. */
export function shiftedVoice(voice: BatchVoice, factor: number): BatchVoice {
  return {
    name: `${voice.name}, shifted by ${factor}`,
    async speak(text, parts) {
      const take = await voice.speak(text, parts);
      if (!take) return null;
      const { samples, sampleRate } = take.audio;
      const shifted = new Float32Array(Math.floor(samples.length / factor));
      for (const index of shifted.keys()) {
        const low = Math.floor(index * factor);
        const share = index * factor - low;
        shifted[index] = (samples[low] ?? 0) * (1 - share) + (samples[low + 1] ?? 0) * share;
      }
      const scaled = (seconds: number) => seconds / factor;
      return {
        audio: { samples: shifted, sampleRate },
        parts: take.parts.map(({ start, end }) => ({ start: scaled(start), end: scaled(end) })),
      };
    },
  };
}

/** The sound at another level, with the noise of a room `noiseDb` below its loud moments. */
export function asRecorded(
  { samples, sampleRate }: Audio,
  { gainDb, noiseDb, seed }: { gainDb: number; noiseDb: number; seed: number },
): Audio {
  const random = seededRandom(seed);
  const levels = Float32Array.from(frameLevels(samples, sampleRate).powers, powerToDb);
  const gain = 10 ** (gainDb / 20);
  // White noise spread evenly over ±a has an RMS of a / √3.
  const noise = Math.sqrt(3) * 10 ** ((percentile(levels, 0.95) + noiseDb) / 20);
  return {
    samples: samples.map((sample) => gain * (sample + noise * (2 * random() - 1))),
    sampleRate,
  };
}

/** Weaker moments, below the loud ones of the same voice, are not heard: closures and pauses, dB. */
const HEARD_RANGE_DB = 45;

/**
 * The same without what is silent at the ends of each part: engines count the closure before a "p" as
 * a part of it.
 */
export function soundingParts({ audio, parts }: Take): Interval[] {
  const { powers, frameSeconds } = frameLevels(audio.samples, audio.sampleRate);
  const levels = Float32Array.from(powers, powerToDb);
  const threshold = percentile(levels, 0.95) - HEARD_RANGE_DB;
  return parts.map(({ start, end }) => {
    const isHeard = (_: number, frame: number) => {
      const middle = (frame + 0.5) * frameSeconds;
      return middle >= start && middle < end && (levels[frame] ?? 0) > threshold;
    };
    const [first, last] = [levels.findIndex(isHeard), levels.findLastIndex(isHeard)];
    if (first < 0) return { start, end };
    return {
      start: Math.max(start, first * frameSeconds),
      end: Math.min(end, (last + 1) * frameSeconds),
    };
  });
}

/** How wrong a clip is that should be part `index` of what was spoken, seconds. */
export function errorsOf(
  clip: Interval,
  sounding: readonly Interval[],
  index: number,
): { foreign: number; lacking: number } {
  const own = sounding[index] ?? { start: 0, end: 0 };
  // Voices let neighbouring words run into each other; what both claim is not foreign.
  const others = sounding
    .filter((_, other) => other !== index)
    .map(({ start, end }) =>
      start < own.start
        ? { start, end: Math.min(end, own.start) }
        : { start: Math.max(start, own.end), end },
    );
  const overlaps = others.map(
    (other) => Math.min(clip.end, other.end) - Math.max(clip.start, other.start),
  );
  return {
    foreign: Math.max(0, ...overlaps),
    lacking: Math.max(0, clip.start - own.start) + Math.max(0, own.end - clip.end),
  };
}
