import type { EspeakEvent } from "@echogarden/espeak-ng-emscripten";
import type { Phoneme } from "../../ports/speech-model.ts";

/**
 * The phonemes among an engine's events, each until the next event begins. Pauses and changes of voice
 * such as `(en)` are events without a sound; they end the phoneme before them.
 */
export function phonemesOf(
  events: Pick<EspeakEvent, "type" | "audio_position" | "id">[],
  duration: number,
): Phoneme[] {
  const marks = events.filter(({ type }) => type === "phoneme" || type === "end");
  const phonemes: Phoneme[] = [];
  for (const [index, { type, id, audio_position }] of marks.entries()) {
    const symbol = type === "phoneme" && typeof id === "string" ? id.trim() : "";
    if (symbol === "" || /^\(.*\)$/.test(symbol)) continue;
    const start = Math.max(audio_position / 1000, phonemes.at(-1)?.end ?? 0);
    const following = marks[index + 1];
    const end = Math.min(following ? following.audio_position / 1000 : duration, duration);
    if (end > start) phonemes.push({ symbol, start, end });
  }
  return phonemes;
}
