import { rmSync, writeFileSync } from "node:fs";
import { pngOf } from "../../scripts/write-png.ts";
import type { Audio, Interval } from "../../src/domain/audio.ts";
import type { Picture } from "../../src/domain/face.ts";
import { drawAvatar } from "../../src/face/avatar/draw-avatar.ts";
import { createFaceFinder } from "../../src/face/landmarks/face-finder.ts";
import { createPortraitAnimator } from "../../src/face/talking/portrait-animator.ts";
import type { Phoneme } from "../../src/ports/speech-model.ts";
import { speechBounds } from "../../src/signal/trim.ts";
import { createEspeak } from "../../src/speech/espeak/espeak.ts";

/** A stretch of a base: words, or a pause in seconds. */
export type Part = string | number;

export type TalkingBase = {
  file: string;
  fps: number;
  width: number;
  height: number;
  /** When each of the parts is heard, seconds. */
  parts: Interval[];
  audio: Audio;
};

/**
 * A video in which the default avatar says something: a filmed speaker whom nobody had to film. It is
 * square, or wide with the avatar in its middle.
 */
export async function makeTalkingBase({
  file,
  parts,
  height = 384,
  wide = false,
  fps = 25,
}: {
  file: string;
  parts: readonly Part[];
  height?: number;
  wide?: boolean;
  fps?: number;
}): Promise<TalkingBase> {
  const said = await sayParts(parts);
  const image = wide ? `${file}.png` : null;
  const width = wide ? (height * 16) / 9 : height;
  if (image !== null) writeFileSync(image, pngOf(widened(drawAvatar(height).picture, width)));
  const faces = createFaceFinder();
  const animator = createPortraitAnimator({ faces });
  try {
    const { audio, phonemes } = said;
    const crop = wide ? "whole" : "face";
    const request = { image, audio, phonemes, fps, size: width, crop, out: file } as const;
    await animator.animate(request, { signal: new AbortController().signal });
  } finally {
    if (image !== null) rmSync(image);
    await Promise.all([animator.close(), faces.close()]);
  }
  return { file, fps, width, height, parts: said.places, audio: said.audio };
}

async function sayParts(parts: readonly Part[]) {
  const voice = createEspeak();
  const { signal } = new AbortController();
  const places: Interval[] = [];
  const phonemes: Phoneme[] = [];
  const sounds: Float32Array[] = [];
  let sampleRate = 22_050;
  let length = 0;
  try {
    for (const part of parts) {
      const start = length / sampleRate;
      if (typeof part === "number") {
        sounds.push(new Float32Array(Math.round(part * sampleRate)));
      } else {
        const speech = await voice.speak({ text: part, language: "en" }, { signal });
        const { samples } = speech.audio;
        sampleRate = speech.audio.sampleRate;
        const bounds = speechBounds(samples, sampleRate) ?? { start: 0, end: samples.length };
        sounds.push(samples.slice(bounds.start, bounds.end));
        const shift = start - bounds.start / sampleRate;
        for (const one of speech.phonemes ?? []) {
          phonemes.push({ ...one, start: one.start + shift, end: one.end + shift });
        }
      }
      length += sounds.at(-1)?.length ?? 0;
      places.push({ start, end: length / sampleRate });
    }
  } finally {
    await voice.close();
  }
  const samples = new Float32Array(length);
  let at = 0;
  for (const sound of sounds) {
    samples.set(sound, at);
    at += sound.length;
  }
  return { places, phonemes, audio: withRoomTone({ samples, sampleRate }) };
}

/** A room is never as silent as a computer. */
function withRoomTone({ samples, sampleRate }: Audio): Audio {
  let state = 7;
  const noise = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 30 - 1;
  };
  return { samples: samples.map((sample) => sample + 0.0008 * noise()), sampleRate };
}

/** The picture in the middle of one of the same height, its own edges carried on to both sides. */
function widened({ width, height, pixels }: Picture, wanted: number): Picture {
  const wide = new Uint8Array(3 * wanted * height);
  const left = (wanted - width) >> 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < wanted; x++) {
      const from = 3 * (y * width + Math.min(width - 1, Math.max(0, x - left)));
      wide.set(pixels.subarray(from, from + 3), 3 * (y * wanted + x));
    }
  }
  return { width: wanted, height, pixels: wide };
}
