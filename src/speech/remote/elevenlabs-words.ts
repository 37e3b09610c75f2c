import { z } from "zod";
import type { SpokenWord } from "../../ports/speech-model.ts";
import type { SentPart } from "./elevenlabs-text.ts";

/** When each character is heard, in seconds; a character is a code point or more. */
export const alignmentSchema = z.object({
  characters: z.array(z.string()),
  character_start_times_seconds: z.array(z.number()),
  character_end_times_seconds: z.array(z.number()),
});
export type Alignment = z.infer<typeof alignmentSchema>;

const words = new Intl.Segmenter("und", { granularity: "word" });

/**
 * The words of the text that was sent, each from the start of its first character to the end of its
 * last, `duration` seconds at most; undefined when the alignment is of another text.
 */
export function alignedWords(
  alignment: Alignment,
  { parts, duration }: { parts: readonly SentPart[]; duration: number },
): SpokenWord[] | undefined {
  const spoken = parts.filter(({ markup }) => !markup);
  const heard = timesOf(alignment, spoken) ?? timesOf(alignment, parts);
  if (!heard) return undefined;
  return [...words.segment(joined(spoken))]
    .filter(({ isWordLike }) => isWordLike)
    .flatMap(({ index: from, segment }) => {
      const to = from + segment.length;
      const times = heard.slice(from, to).filter((time) => time !== undefined);
      const start = Math.max(0, Math.min(...times.map((time) => time.start)));
      const end = Math.min(duration, Math.max(...times.map((time) => time.end)));
      return end > start ? [{ from, to, start, end }] : [];
    });
}

type Times = { start: number; end: number };

/**
 * When each UTF-16 unit of the spoken parts is heard; null when the alignment's characters are not
 * those of `parts`, but for space at either end.
 */
function timesOf(alignment: Alignment, parts: readonly SentPart[]): (Times | undefined)[] | null {
  const { characters, character_start_times_seconds, character_end_times_seconds } = alignment;
  const [written, sent] = [characters.join(""), joined(parts)];
  if (written.trim() !== sent.trim()) return null;
  const places = parts.flatMap(({ text, markup }) => Array<boolean>(text.length).fill(!markup));
  const times: (Times | undefined)[] = [];
  let place = leadingSpace(sent) - leadingSpace(written);
  for (const unit of places.slice(0, Math.max(0, place))) if (unit) times.push(undefined);
  for (const [index, character] of characters.entries()) {
    const start = character_start_times_seconds[index];
    const end = character_end_times_seconds[index];
    const time = start === undefined || end === undefined ? undefined : { start, end };
    for (let unit = 0; unit < character.length; unit++) {
      if (places[place++] === true) times.push(time);
    }
  }
  return times;
}

function joined(parts: readonly SentPart[]): string {
  return parts.map(({ text }) => text).join("");
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length;
}
