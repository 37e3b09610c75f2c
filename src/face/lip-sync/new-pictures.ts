import type { Audio } from "../../domain/audio.ts";
import type { LipSyncRequest } from "../../ports/lip-sync.ts";
import { visemesOfPhonemes } from "../visemes/visemes-of-phonemes.ts";
import { visemesOfSound } from "../visemes/visemes-of-sound.ts";
import type { NewPictures } from "./picture-maker.ts";

/** What is to be seen in the pictures of a request, and heard meanwhile. */
export function newPictures({
  sources,
  frameSeconds,
  speech,
}: Pick<LipSyncRequest, "sources" | "frameSeconds" | "speech">): NewPictures {
  const { audio: words, start, phonemes } = speech;
  const seconds = sources.length * frameSeconds;
  const audio = placedIn(words, start, seconds);
  const timed = phonemes && phonemes.length > 0;
  const visemes = timed
    ? visemesOfPhonemes(
        phonemes.map((one) => ({ ...one, start: one.start + start, end: one.end + start })),
        seconds,
      )
    : visemesOfSound(audio);
  const end = Math.min(seconds, start + words.samples.length / words.sampleRate);
  return { sources, frameSeconds, audio, spoken: { start, end }, visemes };
}

/** A sound with silence before and behind it, `seconds` long in all. */
function placedIn({ samples, sampleRate }: Audio, start: number, seconds: number): Audio {
  const placed = new Float32Array(Math.round(seconds * sampleRate));
  const from = Math.max(0, Math.round(start * sampleRate));
  placed.set(samples.subarray(0, Math.max(0, placed.length - from)), Math.min(from, placed.length));
  return { samples: placed, sampleRate };
}
