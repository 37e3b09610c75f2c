import type { Audio, Interval } from "../../domain/audio.ts";

/** Long enough that no cut clicks, short enough that no consonant is weakened. */
const FADE_SECONDS = 0.004;

/** A copy of a stretch of `audio` that begins and ends in silence: raised cosines over 4 ms. */
export function cutClip({ samples, sampleRate }: Audio, { start, end }: Interval): Audio {
  const from = Math.max(0, Math.round(start * sampleRate));
  const clip = samples.slice(from, Math.max(from, Math.round(end * sampleRate)));
  const fade = Math.min(Math.round(FADE_SECONDS * sampleRate), clip.length >> 1);
  for (let index = 0; index < fade; index++) {
    const gain = 0.5 - 0.5 * Math.cos((Math.PI * (index + 0.5)) / fade);
    const back = clip.length - 1 - index;
    clip[index] = gain * (clip[index] ?? 0);
    clip[back] = gain * (clip[back] ?? 0);
  }
  return { samples: clip, sampleRate };
}
