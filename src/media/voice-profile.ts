import type { Interval } from "../domain/audio.ts";
import { createBandMeter } from "../signal/band-levels.ts";
import { FLOOR_DB, powerToDb } from "../signal/decibels.ts";
import { createFrameMeter, frameLevels } from "../signal/frame-levels.ts";
import { activeLoudness, activityThreshold } from "../signal/loudness.ts";
import { createToneFinder, growTone, noiseFloor } from "../signal/room-tone.ts";
import { seededRandom } from "../signal/seeded-random.ts";

/** What a clip has to sound like to sit in a base: the speaker and the room, without the slot. */
export type VoiceProfile = {
  /** Of the speech, LUFS; null when nobody speaks. */
  loudness: number | null;
  /** Third-octave levels of the speech, dB. */
  bands: number[];
  /** 3rd percentile of the power of 10 ms frames; gaps in the recording are left out. */
  noiseFloorPower: number;
  /** A short stretch of the room with nobody speaking, mono. */
  tone: Float32Array;
};

export type VoiceProfiler = {
  push(mono: Float32Array): void;
  finish(): VoiceProfile;
};

/** Where the rest of a base is this much quieter than all of it, only the slot holds speech. */
const SPEECHLESS_REST_LU = 12;

/**
 * Listens to a base's mono sound from its beginning; what lies in `slots` (seconds, in order) is
 * left out, unless nobody speaks anywhere else.
 */
export function createVoiceProfiler(sampleRate: number, slots: readonly Interval[]): VoiceProfiler {
  const all = createSpeechMeter(sampleRate);
  const rest = createSpeechMeter(sampleRate);
  const tones = createToneFinder(sampleRate);
  const parts = slots.map(({ start, end }) => ({
    from: Math.round(start * sampleRate),
    to: Math.round(end * sampleRate),
  }));
  let position = 0;

  const takeRest = (mono: Float32Array): void => {
    if (mono.length === 0) return;
    rest.push(mono);
    tones.push(mono);
  };
  return {
    push(mono) {
      const start = position;
      position += mono.length;
      all.push(mono);
      let at = 0;
      for (const { from, to } of parts) {
        takeRest(mono.subarray(at, Math.max(at, from - start)));
        at = Math.max(at, to - start);
      }
      takeRest(mono.subarray(at));
    },
    finish() {
      const whole = all.finish();
      const others = rest.finish();
      const speechless = others.loudness < whole.loudness - SPEECHLESS_REST_LU;
      const { loudness, bands } = speechless ? whole : others;
      const noiseFloorPower = floorOf(others.powers.length > 0 ? others.powers : whole.powers);
      return {
        loudness: Number.isFinite(loudness) ? loudness : null,
        bands: [...bands],
        noiseFloorPower,
        tone: levelled(tones.finish(), sampleRate, noiseFloorPower),
      };
    },
  };
}

/** Loudness (LUFS, −Infinity for silence), third-octave levels and frame powers of a mono stream. */
function createSpeechMeter(sampleRate: number) {
  const frames = createFrameMeter(sampleRate);
  const bands = createBandMeter(sampleRate);
  return {
    push(mono: Float32Array): void {
      frames.push(mono);
      bands.push(mono);
    },
    finish() {
      const levels = frames.finish();
      return {
        loudness: activeLoudness(levels),
        bands: bands.finish(activityThreshold(levels)),
        powers: levels.powers,
      };
    },
  };
}

function floorOf(powers: Float32Array): number {
  if (powers.length === 0) return 0;
  const floor = noiseFloor(powers.map(powerToDb));
  return floor <= FLOOR_DB ? 0 : 10 ** (floor / 10);
}

/** The room is judged by its quietest frames, so that is what its tone is levelled by, within 6 dB. */
function levelled(tone: Float32Array, sampleRate: number, noiseFloorPower: number): Float32Array {
  const grown = growTone(tone, sampleRate, seededRandom(1));
  const own = floorOf(frameLevels(grown, sampleRate).powers);
  if (own === 0) return tone;
  const gain = Math.max(0.5, Math.min(2, Math.sqrt(noiseFloorPower / own)));
  return tone.map((sample) => sample * gain);
}
