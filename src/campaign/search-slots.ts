import { AppError, toAppError } from "../domain/app-error.ts";
import { SEARCHED_SECONDS, type Slot } from "../domain/slot.ts";
import type { Warning } from "../domain/warning.ts";
import type {
  Analysis,
  LocatedSpeech,
  LocateRequest,
  MediaCallOptions,
  MediaEngine,
} from "../ports/media-engine.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import { REMEDIES } from "../timeline/find-slot.ts";
import { locatedSlot } from "../timeline/located-slot.ts";
import { inCarrier, nearMark, type Passage, readAloud } from "./read-aloud.ts";
import { type Mark, placeOfMarker, placeOfWords, withoutBraces } from "./transcript-marks.ts";

export type SlotTools = {
  media: MediaEngine;
  /** The embedded voice, whose own reading tells how texts sound. */
  reference: SpeechModel;
  recognizer?: SpeechRecognizer;
};

export type SlotSearch = {
  base: string;
  pauses: Analysis;
  /** What the base says, with what is replaced in braces, or with the words below in it. */
  transcript: string | undefined;
  /** What is sought, in speaking order; null when the transcript alone says it, by one pair of braces. */
  words: readonly string[] | null;
  /** BCP 47, of the base. */
  language: string;
  call: MediaCallOptions;
  onWarning: (warning: Warning) => void;
};

/**
 * A less sure place is not cut. Of 120 places in bases of another engine, clean and with noise 20 and
 * 10 dB below, the transcript's finds 120 above its gate; of as many transcripts of something else it
 * takes 6 for what is said. Of 552 searches for words alone the other one answers 32, one of them
 * wrongly (test/long/slot-finding.test.ts).
 */
export const TRANSCRIPT_GATE = 0.7;
export const WORDS_GATE = 0.75;
/** Longer bases are not written down: a recogniser takes about as long as they do. */
const RECOGNISED_SECONDS = 300;

/**
 * Finds what is to be replaced by what the base says there: by its transcript, by that of a recogniser,
 * or by the words themselves.
 * @returns In speaking order.
 * @throws AppError INVALID_OPTION for a transcript that does not say what is sought, SLOT_UNSURE with
 * the best guess, and as `reference` and `media` do.
 */
export async function searchSlots(tools: SlotTools, request: SlotSearch): Promise<Slot[]> {
  const { transcript, words } = request;
  if (transcript !== undefined) {
    const passages = markedPassages(transcript, words);
    const found = await locate(tools, request, { says: "text", passages });
    const why = "the transcript does not fit what is heard";
    return slotsAt(request, { found, passages, foundBy: "transcript", why });
  }
  if (words === null || words.length === 0) throw nothingSought();
  const written = await writtenPassages(tools, request, words);
  if (written) {
    const found = await locate(tools, request, { says: "text", passages: written });
    if (found.every((one) => one !== null && one.confidence >= TRANSCRIPT_GATE)) {
      return slotsAt(request, { found, passages: written, foundBy: "recognised", why: "" });
    }
  }
  const passages = words.map((one) => {
    const passage = inCarrier(one);
    if (passage) return passage;
    throw new AppError(
      "SLOT_UNSURE",
      `${quoted(one)} cannot be searched for alone: only words in Latin or Devanagari letters can; ${REMEDIES.words}`,
    );
  });
  const found = await locate(tools, request, { says: "words", passages });
  const why = "it is not heard clearly enough";
  return slotsAt(request, { found, passages, foundBy: "keyword", why });
}

/** The passages of a transcript, each with what is sought in it. */
function markedPassages(transcript: string, words: readonly string[] | null): Passage[] {
  const { text, marks } = withoutBraces(transcript);
  const count = words?.length ?? 1;
  if (marks.length > count) {
    throw new AppError(
      "INVALID_OPTION",
      `the transcript marks ${marks.length} places with braces, and ${count} ${count === 1 ? "is" : "are"} replaced: take the others away`,
    );
  }
  const missing = (what: string) =>
    new AppError(
      "INVALID_OPTION",
      `the transcript does not say where ${what} is: put what is replaced in braces, such as "Hello {Rahul}, welcome"`,
    );
  if (marks.length > 0 || words === null) {
    const marker = placeOfMarker(text);
    const found = marks.length === 0 && marker ? [marker] : marks;
    const absent = words?.[found.length];
    if (found.length < count) throw missing(absent === undefined ? "the name" : quoted(absent));
    return found.map((mark) => nearMark({ text, mark }));
  }
  let from = 0;
  return words.map((one) => {
    const mark = placeOfWords(text, one, from);
    if (!mark) throw missing(quoted(one));
    from = mark.to;
    return nearMark({ text, mark });
  });
}

/** What a recogniser hears, where it hears the words; null when there is none or it does not. */
async function writtenPassages(
  { media, recognizer }: SlotTools,
  { base, pauses, language, call, onWarning }: SlotSearch,
  words: readonly string[],
): Promise<Passage[] | null> {
  if (!recognizer || pauses.duration > RECOGNISED_SECONDS) return null;
  const { signal } = call;
  try {
    const audio = await media.decodeAudio(base, call);
    const { text } = await recognizer.transcribe(audio, { language, signal });
    let from = 0;
    const marks = words.flatMap((one): Mark[] => {
      const mark = placeOfWords(text, one, from);
      from = mark?.to ?? from;
      return mark ? [mark] : [];
    });
    return marks.length < words.length ? null : marks.map((mark) => nearMark({ text, mark }));
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    if (signal.aborted || code !== "RECOGNITION_FAILED") throw thrown;
    onWarning({ code: "SLOT_UNSURE", message: `the base was not written down: ${message}` });
    return null;
  }
}

async function locate(
  { media, reference }: SlotTools,
  { base, language, call }: SlotSearch,
  { says, passages }: { says: LocateRequest["says"]; passages: readonly Passage[] },
): Promise<(LocatedSpeech | null)[]> {
  const { signal } = call;
  const texts = await Promise.all(
    passages.map((passage) => readAloud(reference, passage, { language, signal })),
  );
  return media.locate(base, { says, texts }, call);
}

/** @throws AppError SLOT_UNSURE when one was not found, or when they are not in order. */
function slotsAt(
  { base, pauses, words }: SlotSearch,
  {
    found,
    passages,
    foundBy,
    why,
  }: {
    found: readonly (LocatedSpeech | null)[];
    passages: readonly Passage[];
    foundBy: "transcript" | "recognised" | "keyword";
    why: string;
  },
): Slot[] {
  const gate = foundBy === "keyword" ? WORDS_GATE : TRANSCRIPT_GATE;
  const searched =
    pauses.duration > SEARCHED_SECONDS
      ? `, of which the first ${SEARCHED_SECONDS / 60} minutes were searched`
      : "";
  const remedy = foundBy === "keyword" ? REMEDIES.words : REMEDIES.transcript;
  let last = 0;
  return passages.map(({ text, mark }, index) => {
    const what = quoted(words?.[index] ?? text.slice(mark.from, mark.to));
    const place = found[index];
    if (!place || place.confidence < gate) {
      const guess = place
        ? ` (best guess ${place.start.toFixed(2)}-${place.end.toFixed(2)} s, ${percent(place.confidence)} sure, ${percent(gate)} are needed)`
        : "";
      throw new AppError(
        "SLOT_UNSURE",
        `${what} was not found in ${base}${searched}, as ${why}${guess}: ${remedy}`,
      );
    }
    if (place.start < last) {
      throw new AppError(
        "SLOT_UNSURE",
        `${what} was found at ${place.start.toFixed(2)} s of ${base}, before what is said earlier: ${remedy}`,
      );
    }
    last = place.end;
    return locatedSlot(pauses, place, foundBy);
  });
}

function nothingSought(): AppError {
  return new AppError(
    "INVALID_OPTION",
    "nothing is sought: give a transcript, a spoken name or markers",
  );
}

function percent(confidence: number): string {
  return `${Math.floor(100 * confidence)} %`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
