import type { Audio } from "../domain/audio.ts";
import type { Edit } from "../domain/edit.ts";
import type { Seams } from "../domain/seams.ts";
import { bandLevels } from "../signal/band-levels.ts";
import { crossfadeInto, equalPowerFade } from "../signal/crossfade.ts";
import { applyFilter, designMatchingFilter } from "../signal/eq-match.ts";
import { frameLevels } from "../signal/frame-levels.ts";
import { activeLoudness } from "../signal/loudness.ts";
import { limitPeaks } from "../signal/peak-limit.ts";
import { growTone } from "../signal/room-tone.ts";
import { audibleFloorDb, clickDb, noiseFloorDb } from "../signal/seam.ts";
import { seededRandom } from "../signal/seeded-random.ts";
import { timeStretch } from "../signal/time-stretch.ts";
import { resample } from "./libav/audio-decoder.ts";
import { mixDown } from "./libav/timeline-audio.ts";
import type { VoiceProfile } from "./voice-profile.ts";

/** Both ends of a clip rise and fall over this long, so that no cut consonant clicks. */
const CLIP_FADE_SECONDS = 0.005;

/** How much around a name is handed to whoever listens to it. */
const AROUND_SECONDS = 0.1;

export type MatchOptions = {
  profile: VoiceProfile;
  sampleRate: number;
  /** How long the clip is to be, in samples of `sampleRate`. */
  length: number;
  loudness: { maxGainDb: number } | null;
};

/**
 * Makes a clip sound as if it were said in the base: its pace, colour and loudness.
 * @returns mono samples at `sampleRate`, exactly `length` of them.
 */
export function matchClip(clip: Audio, options: MatchOptions): Float32Array {
  const { profile, sampleRate, length, loudness } = options;
  const ownLength = Math.max(1, Math.round((length * clip.sampleRate) / sampleRate));
  const paced = timeStretch(clip.samples, clip.sampleRate, ownLength);
  // Without a speaker to be like, the clip keeps its own colour and loudness.
  const coloured =
    profile.loudness === null
      ? paced
      : applyFilter(paced, colouring(paced, clip.sampleRate, profile));
  const sound = new Float32Array(length);
  sound.set(resample(coloured, clip.sampleRate, sampleRate).subarray(0, length));
  if (loudness && profile.loudness !== null) {
    const own = activeLoudness(frameLevels(sound, sampleRate));
    const gainDb = Math.min(profile.loudness - own, loudness.maxGainDb);
    if (Number.isFinite(gainDb)) scale(sound, 10 ** (gainDb / 20));
  }
  limitPeaks(sound);
  fadeEnds(sound, Math.round(CLIP_FADE_SECONDS * sampleRate));
  return sound;
}

function colouring(samples: Float32Array, sampleRate: number, profile: VoiceProfile): Float32Array {
  return designMatchingFilter({
    from: bandLevels(samples, sampleRate),
    to: profile.bands,
    sampleRate,
  });
}

/**
 * The stretch of sound in which an edit changes a base.
 * `before` and `after` are the base around the cut, `[channel][sample]`; they begin at `edit.cut.start`
 * and end at `edit.cut.end`: the first and last `edit.fade` samples of what is taken out.
 */
export type FillContext = {
  before: Float32Array[];
  after: Float32Array[];
};

/** The context of an edit of `fade` in planes of the base that hold its cut at `start..end`. */
export function contextOf(
  planes: Float32Array[],
  { start, end }: { start: number; end: number },
  fade: number,
): FillContext {
  return {
    before: planes.map((plane) => plane.subarray(start, Math.min(end, start + fade))),
    after: planes.map((plane) => plane.subarray(Math.max(start, end - fade), end)),
  };
}

/** What stands instead of the cut, `[channel][edit.fill.length]`: room tone, the clip, soft joints. */
export function composeFill(
  edit: Edit,
  sound: Float32Array,
  context: FillContext,
  profile: VoiceProfile,
): Float32Array[] {
  const { length, clipStart } = edit.fill;
  const mono = growTone(profile.tone, length, seededRandom(length));
  for (let i = 0; i < sound.length; i++) {
    mono[clipStart + i] = (mono[clipStart + i] ?? 0) + (sound[i] ?? 0);
  }
  return context.before.map((head, channel) => {
    const tail = context.after[channel] ?? head;
    const fill = new Float32Array(length);
    // At the very beginning there is nothing to pass from: the old name would be heard for a moment.
    if (edit.cut.start > 0) fill.set(head.subarray(0, length));
    fill.set(tail.subarray(0, length), length - Math.min(length, tail.length));
    crossfadeInto(fill, 0, mono, edit.fade);
    return fill;
  });
}

/**
 * Measures the seams of an edit in the sound that was made. `planes` hold some of the base on both
 * sides; `fillStart` is where the fill begins in them.
 */
export function measureSeams(
  planes: Float32Array[],
  fillStart: number,
  edit: Edit,
  options: { profile: VoiceProfile; sampleRate: number },
): Seams {
  const { profile, sampleRate } = options;
  const mono = mixDown(planes);
  const fillEnd = fillStart + edit.fill.length;
  const fade = edit.fade / 2;
  const joints: number[] = [];
  // Where a sound begins or ends with the fill, nothing is joined.
  if (edit.cut.start > 0) joints.push(fillStart + fade);
  if (fillEnd < mono.length - edit.fade) joints.push(fillEnd - fade);
  const levels = frameLevels(mono.subarray(fillStart, fillEnd), sampleRate);
  const loudness = activeLoudness(levels);
  return {
    clickDb: Math.max(-120, ...joints.map((at) => clickDb(mono, sampleRate, Math.round(at)))),
    loudnessLu: profile.loudness === null ? 0 : Math.abs(loudness - profile.loudness),
    noiseFloorDb: Math.abs(noiseFloorDb(levels) - audibleFloorDb(profile.noiseFloorPower)),
  };
}

function scale(samples: Float32Array, gain: number): void {
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) * gain;
}

function fadeEnds(samples: Float32Array, fade: number): void {
  const length = Math.min(fade, samples.length >> 1);
  const { fadeIn } = equalPowerFade(length);
  for (let i = 0; i < length; i++) {
    const gain = fadeIn[i] ?? 1;
    samples[i] = (samples[i] ?? 0) * gain;
    const back = samples.length - 1 - i;
    samples[back] = (samples[back] ?? 0) * gain;
  }
}

/** The name as it sounds in decoded planes of an output, mono; `fillStart` is where the fill begins in them. */
export function heardName(
  planes: Float32Array[],
  fillStart: number,
  { fill }: Edit,
  sampleRate: number,
): Audio {
  const around = Math.round(AROUND_SECONDS * sampleRate);
  const start = Math.max(0, fillStart + fill.clipStart - around);
  const end = fillStart + fill.clipStart + fill.clipLength + around;
  return { samples: mixDown(planes.map((plane) => plane.slice(start, end))), sampleRate };
}
