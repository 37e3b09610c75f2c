import { AppError } from "../domain/app-error.ts";
import type { Audio } from "../domain/audio.ts";
import type { SpeechModel, SpeechRequest } from "../ports/speech-model.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import type { CampaignOptions } from "./campaign-options.ts";

/**
 * Has a recogniser listen to a name as an output says it.
 * @returns what was heard when that is another text, else null.
 */
export type NameCheck = (
  heard: Audio,
  request: SpeechRequest,
  options: { signal: AbortSignal },
) => Promise<string | null>;

/**
 * Of the sounds of two texts this share may differ. Measured with the embedded voice: 18 names in two
 * scripts or spellings (Rahul, राहुल; Catherine, Katherine) differ by 0.39 at most but for one; of 561
 * pairs of 34 other names all but 7, such as Ann and Anna or Maria and Marie, differ by more.
 */
const MOST_DIFFERENT = 0.4;
/** What tells no names apart, as every engine and script sets it its own way. */
const UNHEARD = /[ˈˌːˑʰʱʲ.]|\p{M}/gu;
/** Sounds that stand for each other in another accent or script. */
const ALIKE = [
  "aɑɐʌəɜæɛeɪiouʊɔyøœɨʉɚɝ",
  "ɹɾrɽlɭɻ",
  "vwʋβfɸ",
  "tdʈɖθð",
  "pb",
  "kɡgcɟqx",
  "szʃʒʂʐɕ",
  "mnŋɲɳ",
  "hɦj",
];
const ALIKE_COST = 0.35;

/**
 * The check that a campaign asks for; null when it asks for none.
 * @throws AppError OPTION_UNAVAILABLE without a recogniser.
 */
export function nameCheckFor(
  { verify }: CampaignOptions,
  { recognizer, reference }: { recognizer?: SpeechRecognizer; reference: SpeechModel },
): NameCheck | null {
  if (!verify) return null;
  if (recognizer) return createNameCheck({ recognizer, reference });
  throw new AppError(
    "OPTION_UNAVAILABLE",
    "verify needs a speech recogniser and none is set up: name a model with VOCATIVE_SHERPA_MODELS or VOCATIVE_WHISPER_MODEL, or leave verify out",
  );
}

/** Texts are compared by how `reference` says them, as a recogniser spells and writes as it likes. */
export function createNameCheck({
  recognizer,
  reference,
}: {
  recognizer: SpeechRecognizer;
  reference: SpeechModel;
}): NameCheck {
  return async (heard, { text, language }, { signal }) => {
    const transcript = await recognizer.transcribe(heard, { language, signal });
    const found = transcript.text.trim();
    if (folded(found) === folded(text)) return null;
    if (found === "") return found;
    const sounds = async (of: string) => {
      const { phonemes = [] } = await reference.speak({ text: of, language }, { signal });
      return phonemes.flatMap(({ symbol }) => [...symbol.replace(UNHEARD, "")]);
    };
    const [wanted, got] = await Promise.all([sounds(text), sounds(found)]);
    return difference(wanted, got) <= MOST_DIFFERENT ? null : found;
  };
}

/**
 * Share of the longer sequence of sounds that has to change to make it the other one (Levenshtein,
 * Soviet Physics Doklady 10(8), 1966); a sound becomes a similar one at less cost.
 */
export function difference(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, symbol] of a.entries()) {
    const next = [i + 1];
    for (const [j, other] of b.entries()) {
      const changed = (row[j] ?? 0) + replacing(symbol, other);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return (row[b.length] ?? 0) / Math.max(1, a.length, b.length);
}

function replacing(a: string, b: string): number {
  if (a === b) return 0;
  return ALIKE.some((sounds) => sounds.includes(a) && sounds.includes(b)) ? ALIKE_COST : 1;
}

function folded(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "");
}
