import { type Audio, durationOf } from "../../domain/audio.ts";
import { VISEMES, type VisemeSpan } from "../../domain/face.ts";
import { MOUTH_SHAPES } from "./mouth-shapes.ts";
import { HOP_SECONDS, soundFeatures } from "./sound-features.ts";
import { OUTPUTS, type SoundNet, visemeOdds } from "./sound-net.ts";
import { SOUND_NET_NUMBERS } from "./sound-net-numbers.ts";
import { trainedNet } from "./trained-net.ts";
import { addSpan } from "./visemes-of-phonemes.ts";

/** What a change of viseme costs: sounds last longer than a frame. Natural logarithm. */
const CHANGE_COST = 2;
/** A viseme is the less likely the further its opening lies from what is expected. */
const OPENING_DEVIATION = 0.025;

/** Unpacked with the first sound; it never changes. */
let net: SoundNet | undefined;

/**
 * What a mouth does while `audio` is heard, from the sound alone: spans without a gap from 0 to its
 * end, neighbours of different visemes. It knows no words: sounds that are alike to the ear, such as m
 * and n, are often mistaken for one another. Silence is `sil`.
 */
export function visemesOfSound(audio: Audio): VisemeSpan[] {
  const spans: VisemeSpan[] = [];
  const duration = durationOf(audio);
  const features = soundFeatures(audio, SOUND_NET_NUMBERS);
  if (features) {
    net ??= trainedNet();
    const odds = visemeOdds(net, features);
    preferExpectedOpening(odds);
    const visemes = likeliestCourse(odds);
    for (const [frame, viseme] of visemes.entries()) {
      const end = Math.min((frame + 1) * HOP_SECONDS, duration);
      addSpan(spans, VISEMES[viseme] ?? "sil", frame === visemes.length - 1 ? duration : end);
    }
  }
  addSpan(spans, "sil", duration);
  return spans;
}

const OPENINGS = VISEMES.map((viseme) => MOUTH_SHAPES[viseme].open);

/**
 * Of several visemes that a sound may be, the mean opening is right more often than that of the
 * likeliest: what is near it is preferred.
 */
function preferExpectedOpening(odds: Float32Array): void {
  for (let at = 0; at < odds.length; at += OUTPUTS) {
    const row = odds.subarray(at, at + OUTPUTS);
    const expected = OPENINGS.reduce((sum, open, v) => sum + open * Math.exp(row[v] ?? 0), 0);
    for (const [v, open] of OPENINGS.entries()) {
      row[v] = (row[v] ?? 0) - 0.5 * ((open - expected) / OPENING_DEVIATION) ** 2;
    }
  }
}

/**
 * The likeliest viseme of each frame when a change costs {@link CHANGE_COST} (Viterbi, IEEE Trans.
 * Information Theory 13, 1967).
 */
function likeliestCourse(odds: Float32Array): Uint8Array {
  const frames = odds.length / OUTPUTS;
  const cameFrom = new Uint8Array(odds.length);
  const score = odds.slice(0, OUTPUTS);
  for (let frame = 1; frame < frames; frame++) {
    const leader = largestOf(score);
    const changed = (score[leader] ?? 0) - CHANGE_COST;
    const at = frame * OUTPUTS;
    for (let v = 0; v < OUTPUTS; v++) {
      const stayed = score[v] ?? 0;
      cameFrom[at + v] = stayed >= changed ? v : leader;
      score[v] = Math.max(stayed, changed) + (odds[at + v] ?? 0);
    }
  }
  const course = new Uint8Array(frames);
  let viseme = largestOf(score);
  for (let frame = frames - 1; frame >= 0; frame--) {
    course[frame] = viseme;
    viseme = cameFrom[frame * OUTPUTS + viseme] ?? 0;
  }
  return course;
}

function largestOf(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? -Infinity) ? i : best), 0);
}
