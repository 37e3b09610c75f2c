import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { MediaEngine } from "../ports/media-engine.ts";
import type { DecodeSound } from "../speech/remote/decode-sound.ts";

export type SoundDecoderOptions = {
  /** Where a sound lies while it is read; the system's folder for temporary files when left out. */
  folder?: string;
};

/** Reads sounds that came over the network through the media engine, which opens files only. */
export function createSoundDecoder(
  media: Pick<MediaEngine, "decodeAudio">,
  { folder = tmpdir() }: SoundDecoderOptions = {},
): DecodeSound {
  return async (sound, { signal }) => {
    const own = await mkdtemp(path.join(folder, "vocative-sound-"));
    try {
      const file = path.join(own, "sound");
      await writeFile(file, sound);
      return await media.decodeAudio(file, { signal });
    } finally {
      await rm(own, { recursive: true, force: true, maxRetries: 3 });
    }
  };
}
