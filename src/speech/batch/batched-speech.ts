import { toAppError } from "../../domain/app-error.ts";
import { isRetryLater } from "../../domain/retry-later.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { composeBatch, fittingHint, mayBeBatched } from "./batch-text.ts";
import type { BatchingSpeechModel } from "./batching-speech-model.ts";
import { cutClip } from "./cut-clip.ts";
import { ownSynthesis, placeOf } from "./own-synthesis.ts";
import { splitBatch } from "./split-batch.ts";

export type BatchSettings = {
  /** Names in one request, at most. */
  size: number;
  /** A word spoken between names and cut out; empty for none. Used where the language's script writes it. */
  hint: string;
  /** Below this a moment is a pause, dBFS; see `splitBatch`. */
  silenceDb: number;
  /** What a pause between names usually is, seconds; see `splitBatch`. */
  silenceSeconds: number;
  /** Characters of one request's text, at most. */
  maxCharacters?: number;
};

/** Providers take longer texts, but what is one too many for them differs. */
const MAX_CHARACTERS = 500;

/**
 * Speaks many names in one request and cuts the recording into one clip a name, for providers whose
 * every request costs time or money. A name whose clip is not certain is left to `speak`, which asks
 * for it alone. The key of a text that may be in a batch is its own: turning batches off gives other
 * clips.
 * @param options.reference The embedded voice, which speaks the same text for comparison.
 * @param options.onFallback Is told each text of a batch that must be spoken alone.
 */
export function createBatchedSpeech(
  model: SpeechModel,
  {
    reference,
    settings,
    onFallback,
  }: {
    reference: SpeechModel;
    settings: BatchSettings;
    onFallback?: (text: string) => void;
  },
): BatchingSpeechModel {
  const { size, silenceDb, silenceSeconds, maxCharacters = MAX_CHARACTERS } = settings;

  const fits = (batch: readonly SpeechRequest[]) => {
    const { text } = composed(batch, settings.hint);
    return batch.length <= size && text.length <= maxCharacters;
  };

  async function clipsOf(
    batch: readonly SpeechRequest[],
    signal: AbortSignal,
  ): Promise<(Speech | null)[]> {
    const [first] = batch;
    if (!first || batch.length < 2) return batch.map(() => null);
    const { text, parts } = composed(batch, settings.hint);
    const request = { ...first, text };
    const references = await ownSynthesis(reference, { request, parts, signal });
    if (references.length === 0) return batch.map(() => null);
    const spoken = await model.speak(request, { signal });
    const { audio: master, voice, warnings, words } = spoken;
    const intervals = splitBatch({
      master,
      parts: parts.map((part) => ({
        kind: part.kind,
        ...(words && { heard: placeOf(part, text, words) }),
      })),
      references,
      silenceDb,
      silenceSeconds,
    });
    return intervals.map(
      (interval) => interval && { audio: cutClip(master, interval), voice, warnings },
    );
  }

  return {
    provider: model.provider,
    speak: (request, options) => model.speak(request, options),
    ...(model.voices && { voices: async (options) => (await model.voices?.(options)) ?? [] }),
    close: () => model.close(),
    cacheKey(request) {
      const key = model.cacheKey(request);
      return mayBeBatched(request) ? JSON.stringify(["cut from a batch", key]) : key;
    },
    batchesOf(requests) {
      const distinct = new Map(
        requests.filter(mayBeBatched).map((one) => [groupOf(one, true), one]),
      );
      const groups = Map.groupBy(distinct.values(), (one) => groupOf(one, false));
      return [...groups.values()].flatMap((group) => {
        const batches: SpeechRequest[][] = [];
        for (const request of group) {
          const last = batches.at(-1);
          if (last && fits([...last, request])) last.push(request);
          else batches.push([request]);
        }
        return batches.filter(({ length }) => length > 1);
      });
    },
    async speakMany(batch, { signal }) {
      let clips: (Speech | null)[];
      try {
        clips = await clipsOf(batch, signal);
      } catch (thrown) {
        if (endsAlike(thrown)) throw thrown;
        clips = batch.map(() => null);
      }
      for (const [index, { text }] of batch.entries()) {
        if (!clips[index]) onFallback?.(text);
      }
      return clips;
    },
  };
}

function composed(batch: readonly SpeechRequest[], hint: string) {
  const texts = batch.map(({ text }) => text);
  return composeBatch(texts, fittingHint(hint, batch[0]?.language ?? ""));
}

/** What texts of one batch have in common; with the text, what makes two requests the same. */
function groupOf({ text, language, voice, speed = 1 }: SpeechRequest, withText: boolean): string {
  // A name in another script than its neighbours is read worse.
  const isLatin = /\p{Script=Latin}/u.test(text);
  return JSON.stringify([language, voice, speed, isLatin, withText ? text : ""]);
}

/** Whether asking for each text alone would fail likewise. */
function endsAlike(thrown: unknown): boolean {
  const { code } = toAppError(thrown);
  return isRetryLater(thrown) || ["SPEECH_REFUSED", "VOICE_UNKNOWN", "CANCELLED"].includes(code);
}
