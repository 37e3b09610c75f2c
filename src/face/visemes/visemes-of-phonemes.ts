import type { Viseme, VisemeSpan } from "../../domain/face.ts";
import type { Phoneme } from "../../ports/speech-model.ts";
import { visemesOfSymbol } from "./sound-visemes.ts";

/**
 * What a mouth does while `phonemes` are heard: spans without a gap from 0 to `duration` (seconds),
 * neighbours of different visemes. Where no phoneme is, the mouth is at rest (`sil`). What of a phoneme
 * lies outside the sound or inside an earlier one is left out.
 * @param phonemes International Phonetic Alphabet, in speaking order.
 */
export function visemesOfPhonemes(phonemes: readonly Phoneme[], duration: number): VisemeSpan[] {
  const spans: VisemeSpan[] = [];
  let heard = 0;
  for (const [index, { start: from, end: until }] of phonemes.entries()) {
    const start = Math.max(from, heard);
    const end = Math.min(until, duration);
    if (!(end > start)) continue;
    addSpan(spans, "sil", start);
    const parts = shownBy(phonemes, index);
    const whole = parts.reduce((sum, { share }) => sum + share, 0);
    let done = 0;
    for (const { viseme, share } of parts) {
      done += share;
      addSpan(spans, viseme, done === whole ? end : start + ((end - start) * done) / whole);
    }
    heard = end;
  }
  addSpan(spans, "sil", duration);
  return spans;
}

/** Continues the spans up to `end`. */
export function addSpan(spans: VisemeSpan[], viseme: Viseme, end: number): void {
  const last = spans.at(-1);
  const start = last?.end ?? 0;
  if (!(end > start)) return;
  if (last?.viseme === viseme) last.end = end;
  else spans.push({ viseme, start, end });
}

/**
 * The visemes of a phoneme; of one in which the lips take no part, such as `h`, what they do for the
 * next sound, or still do for the one before.
 */
function shownBy(phonemes: readonly Phoneme[], index: number) {
  const own = visemesOfSymbol(phonemes[index]?.symbol ?? "");
  if (own.length > 0) return own;
  const [here, next, previous] = [phonemes[index], phonemes[index + 1], phonemes[index - 1]];
  const after =
    next && next.start <= (here?.end ?? 0) ? visemesOfSymbol(next.symbol)[0] : undefined;
  const before =
    previous && previous.end >= (here?.start ?? 0)
      ? visemesOfSymbol(previous.symbol).at(-1)
      : undefined;
  // For a p the mouth is not closed while h is heard.
  const shown = [after, before].find((one) => one !== undefined && one.viseme !== "PP");
  return [shown ?? { viseme: "kk" as const, share: 1 }];
}
