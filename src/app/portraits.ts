import { access } from "node:fs/promises";
import type { VoiceChoice } from "../campaign/voice-choice.ts";
import type { Environment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import type { Audio } from "../domain/audio.ts";
import { createFilePortraitAnimator } from "../face/engines/file-portrait-animator.ts";
import { createGpuTurns } from "../face/engines/gpu-turns.ts";
import { createFaceFinder } from "../face/landmarks/face-finder.ts";
import { createPortraitAnimator } from "../face/talking/portrait-animator.ts";
import type { PooledMediaEngine } from "../media/media-engine.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import type { PortraitAnimator, TalkingRequest, TalkingVideo } from "../ports/portrait-animator.ts";
import type { Phoneme } from "../ports/speech-model.ts";
import { createFileEngine, FILE_ENGINES } from "./face-engines.ts";
import { createVoices } from "./voices.ts";

/** Who makes portraits talk: what is part of this program, or an engine of the operator's. */
export const PORTRAIT_ANIMATORS = ["embedded", ...FILE_ENGINES] as const;
export type PortraitAnimatorName = (typeof PORTRAIT_ANIMATORS)[number];

/**
 * Portraits that talk, with their child processes, which start with the first one.
 * @throws AppError OPTION_UNAVAILABLE, INVALID_OPTION for an engine that is not set up.
 */
export function createPortraits(
  name: PortraitAnimatorName,
  { environment, media }: { environment: Environment; media: Pick<MediaEngine, "probe"> },
): PortraitAnimator {
  const { face } = environment;
  const faces = createFaceFinder();
  const animator =
    name === "embedded"
      ? createPortraitAnimator({ faces })
      : createFilePortraitAnimator({
          faces,
          engine: createFileEngine(name, {
            face,
            turns: createGpuTurns({ devices: face.gpus }),
            probe: media.probe,
            choice: {},
          }),
        });
  return {
    animate: (request, options) => animator.animate(request, options),
    close: async () => {
      await Promise.all([animator.close(), faces.close()]);
    },
  };
}

/** What a portrait says: a sound file, or a text in a voice. */
export type Saying = { audio: string } | { text: string; choice: VoiceChoice };

/** Makes a portrait say something, once. */
export async function makeTalkingPortrait(
  { environment, media }: { environment: Environment; media: PooledMediaEngine },
  request: Omit<TalkingRequest, "audio" | "phonemes"> & {
    saying: Saying;
    animator: PortraitAnimatorName;
  },
  options: { signal: AbortSignal; onFrame: (made: number, all: number) => void },
): Promise<TalkingVideo> {
  const { saying, animator, ...video } = request;
  if (video.image !== null) await requireFile(video.image);
  const portraits = createPortraits(animator, { environment, media });
  try {
    const said = await soundOf(saying, { environment, media, signal: options.signal });
    return await portraits.animate({ ...video, ...said }, options);
  } finally {
    await portraits.close();
  }
}

async function soundOf(
  saying: Saying,
  setup: { environment: Environment; media: PooledMediaEngine; signal: AbortSignal },
): Promise<{ audio: Audio; phonemes?: readonly Phoneme[] }> {
  const { environment, media, signal } = setup;
  if ("audio" in saying) {
    return { audio: await media.decodeAudio(saying.audio, { signal }) };
  }
  const voices = createVoices({ environment, media });
  try {
    const { lang, voice } = saying.choice.options;
    const request = { text: saying.text, language: lang, ...(voice !== undefined && { voice }) };
    const { audio, phonemes } = await voices.get(saying.choice).speak(request, { signal });
    return { audio, ...(phonemes && { phonemes }) };
  } finally {
    await voices.close();
  }
}

async function requireFile(file: string): Promise<void> {
  await access(file).catch((cause: unknown) => {
    throw new AppError("FILE_NOT_FOUND", `there is no file ${file}: check the path`, { cause });
  });
}
