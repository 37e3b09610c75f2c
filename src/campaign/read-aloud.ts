import { AppError } from "../domain/app-error.ts";
import { durationOf } from "../domain/audio.ts";
import type { SpokenReading } from "../ports/media-engine.ts";
import type { Speech, SpeechModel } from "../ports/speech-model.ts";
import { type Mark, spokenForm } from "./transcript-marks.ts";

/** A text, and the stretch of it whose place in a base is sought. */
export type Passage = { text: string; mark: Mark };

/** So much of a text is read on either side of what is sought, characters: some 10 s. */
const CONTEXT_CHARACTERS = 160;
/** The embedded voice's variant with the most different timbre that is found as well. */
const SECOND_VOICE = "+m7";

/**
 * A sentence to read a word in, and enough after it to show how like each other any sounds are: all
 * sounds of the language, in words that nobody is called.
 */
const CARRIERS: { letters: RegExp; before: string; after: string }[] = [
  {
    letters: /^[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]+$/u,
    before: "Well, ",
    after:
      ", and so on for the rest of it. The quick brown fox jumps over the lazy dog, while five young " +
      "children choose measured joys, thank a big-hearted nurse and cheer at the vision of a huge azure ship.",
  },
  {
    letters: /^[\p{Script=Devanagari}\p{Script=Common}\p{Script=Inherited}]+$/u,
    before: "अच्छा, ",
    after:
      ", और इसी तरह बाकी सब कुछ। पुराने घर के पास एक छोटा बगीचा था, जहाँ बच्चे शाम को खेलते थे, फूल चुनते थे, " +
      "और ठंडी हवा में झूला झूलते हुए ज़ोर से गाते थे।",
  },
];

/** A passage without what is far from its mark. */
export function nearMark({ text, mark }: Passage): Passage {
  const before = text.slice(0, mark.from);
  const after = text.slice(mark.to);
  const start = before.length > CONTEXT_CHARACTERS ? before.slice(-CONTEXT_CHARACTERS) : before;
  const end = after.slice(0, CONTEXT_CHARACTERS);
  const kept = {
    before: start.length < before.length ? start.replace(/^\S*\s/u, "") : start,
    after: end.length < after.length ? end.replace(/\s\S*$/u, "") : end,
  };
  const words = spokenForm(text.slice(mark.from, mark.to));
  return {
    text: `${kept.before}${words}${kept.after}`,
    mark: { from: kept.before.length, to: kept.before.length + words.length },
  };
}

/** Words that are sought alone, in a sentence of no importance; null for a script without one. */
export function inCarrier(words: string): Passage | null {
  const spoken = spokenForm(words.trim());
  const carrier = CARRIERS.find(({ letters }) => letters.test(spoken));
  if (!carrier) return null;
  const from = carrier.before.length;
  return {
    text: `${carrier.before}${spoken}${carrier.after}`,
    mark: { from, to: from + spoken.length },
  };
}

/**
 * Reads a passage with two voices of the reference, or with the one it has.
 * @throws AppError as `speak` does.
 */
export async function readAloud(
  reference: SpeechModel,
  { text, mark }: Passage,
  { language, signal }: { language: string; signal: AbortSignal },
): Promise<SpokenReading[]> {
  const first = await reference.speak({ text, language }, { signal });
  const voice = `${first.voice}${SECOND_VOICE}`;
  const second = await reference.speak({ text, language, voice }, { signal }).catch(noSuchVoice);
  return [first, ...(second ? [second] : [])].map((speech) => reading(speech, mark));
}

function noSuchVoice(thrown: unknown): null {
  if (thrown instanceof AppError && thrown.code === "VOICE_UNKNOWN") return null;
  throw thrown;
}

/** A word that the engine did not time lies between its neighbours. */
function reading({ audio, words = [] }: Speech, { from, to }: Mark): SpokenReading {
  const within = words.filter((word) => word.to > from && word.from < to);
  const before = words.findLast((word) => word.to <= from);
  const after = words.find((word) => word.from >= to);
  const start = within[0]?.start ?? before?.end ?? 0;
  const end = within.at(-1)?.end ?? after?.start ?? durationOf(audio);
  return { audio, span: { start, end } };
}
