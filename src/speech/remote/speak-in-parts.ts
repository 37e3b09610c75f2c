import type { Audio } from "../../domain/audio.ts";
import { forEachConcurrently } from "../../domain/limit-concurrency.ts";
import { splitText } from "../text/split-text.ts";
import { joinSounds, type SoundPart } from "./join-sounds.ts";

export type PartsRequest = {
  /** On one line, with something to speak in it. */
  text: string;
  /** UTF-16 units the provider takes at a time. */
  limit: number;
  /** Parts asked for at a time. */
  concurrency: number;
  /** For messages. */
  provider: string;
  speak: (part: string) => Promise<Audio>;
};

/**
 * Speaks a text of any length with a provider that takes so many characters at a time.
 * @throws whatever `speak` throws first, then without asking for the parts not begun.
 */
export async function speakInParts(request: PartsRequest): Promise<Audio> {
  const parts = splitText(request.text, request.limit);
  const sounds: SoundPart[] = [];
  await forEachConcurrently(parts.entries(), request.concurrency, async ([index, part]) => {
    sounds[index] = { audio: await request.speak(part.text), end: part.end };
  });
  const [only] = sounds;
  return only && sounds.length === 1 ? only.audio : joinSounds(sounds, request.provider);
}
