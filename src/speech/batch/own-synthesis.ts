import { AppError } from "../../domain/app-error.ts";
import type { Audio, Interval } from "../../domain/audio.ts";
import type { Speech, SpeechModel, SpeechRequest, SpokenWord } from "../../ports/speech-model.ts";

/** A text as our own voice speaks it: what a recording of the same text is compared with. */
export type OwnSynthesis = {
  audio: Audio;
  /** When each part of the text sounds, seconds. */
  parts: Interval[];
};

/** The embedded voice speaks low; this variant of it is nearer to women and children. */
const HIGH_VARIANT = "+f3";

/**
 * Speaks the request's text with the embedded voice, low and high.
 * @returns none when it cannot speak the text, or does not tell where every part of it is.
 * @throws AppError CANCELLED.
 */
export async function ownSynthesis(
  model: SpeechModel,
  {
    request: { text, language, speed = 1 },
    parts,
    signal,
  }: {
    /** Its voice is another provider's, and does not count. */
    request: SpeechRequest;
    parts: readonly { from: number; to: number }[];
    signal: AbortSignal;
  },
): Promise<OwnSynthesis[]> {
  const speak = async (voice?: string): Promise<Speech | null> => {
    try {
      return await model.speak({ text, language, speed, ...(voice && { voice }) }, { signal });
    } catch (thrown) {
      if (signal.aborted) throw new AppError("CANCELLED", "cancelled", { cause: thrown });
      return null; // without it nothing is certain, which costs requests and harms nobody
    }
  };
  const low = await speak();
  const high = low && (await speak(`${low.voice}${HIGH_VARIANT}`));
  return [low, high].flatMap((speech) => {
    const places = parts.map((part) => placeOf(part, text, speech?.words));
    const known = places.filter((place) => place !== null);
    return speech && known.length === parts.length ? [{ audio: speech.audio, parts: known }] : [];
  });
}

/**
 * When the stretch of `text` from character `from` to `to` sounds, by the timings of its words.
 * @returns null when they leave out any letter at its start or its end.
 */
export function placeOf(
  { from, to }: { from: number; to: number },
  text: string,
  words: readonly SpokenWord[] = [],
): Interval | null {
  const own = words.filter((word) => word.from < to && word.to > from);
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last) return null;
  const missing = text.slice(from, first.from) + text.slice(last.to, to);
  const foreign = text.slice(first.from, from) + text.slice(to, last.to);
  if (/[\p{L}\p{N}]/u.test(missing + foreign) || last.end <= first.start) return null;
  return { start: first.start, end: last.end };
}
