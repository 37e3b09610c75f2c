import { rename, rm } from "node:fs/promises";
import { AppError } from "../domain/app-error.ts";
import { type Audio, durationOf, type Interval } from "../domain/audio.ts";
import { diskError } from "../domain/disk-error.ts";
import type { LiveFaces } from "../ports/live-face.ts";
import type { PortraitAnimator } from "../ports/portrait-animator.ts";
import type { Phoneme } from "../ports/speech-model.ts";
import type { SpokenClause } from "./answer-turn.ts";
import type { SharedEngine } from "./shared-engine.ts";
import { joinSounds } from "./spoken-sound.ts";

/** A clause and where it is heard in the video, seconds. */
export type SaidPart = Interval & SpokenClause;

export type AnswerVideoRequest = {
  image: string | null;
  fps: number;
  size: number;
  /** The MP4 to write; its folder exists. */
  out: string;
  clauses: AsyncIterable<SpokenClause>;
  /** Takes the video while it is made, from its header on. */
  onBytes?: (bytes: Uint8Array) => void;
  signal: AbortSignal;
};

export type AnswerVideo = { parts: SaidPart[]; duration: number };

/**
 * A portrait says clauses while they come, as fast as its pictures can be made.
 * @throws AppError of the face, of `clauses`, CANCELLED. No file is left then.
 */
export async function makeLiveVideo(
  faces: LiveFaces,
  { image, fps, size, out, clauses, onBytes, signal }: AnswerVideoRequest,
): Promise<AnswerVideo> {
  const portrait = await faces.open({ image, fps, size }, { signal });
  onBytes?.(portrait.init);
  const answer = portrait.begin({ onFragment: ({ bytes }) => onBytes?.(bytes) });
  const cancel = () => answer.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const part = `${out}.part`;
  try {
    const parts: SaidPart[] = [];
    for await (const clause of clauses) {
      if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
      const { audio, phonemes } = clause.speech;
      const { start, end } = await answer.say({ audio, ...(phonemes && { phonemes }) });
      parts.push({ ...clause, start, end });
    }
    await answer.end();
    const { duration } = await answer.save(part);
    await rename(part, out).catch((cause: unknown) => {
      throw diskError(cause, out);
    });
    return { parts, duration };
  } catch (thrown) {
    answer.cancel();
    await rm(part, { force: true });
    throw thrown;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** The same with an animator that needs all of the sound first; `onBytes` is not told. */
export async function makeWholeVideo(
  animator: SharedEngine<PortraitAnimator>,
  { image, fps, size, out, clauses, signal }: AnswerVideoRequest,
): Promise<AnswerVideo> {
  const parts = placedAfterEachOther(await Array.fromAsync(clauses));
  const { audio, phonemes } = soundOf(parts);
  const { duration } = await animator.use((engine) =>
    engine.animate(
      { image, audio, ...(phonemes && { phonemes }), fps, size, crop: "face", out },
      { signal },
    ),
  );
  return { parts, duration };
}

function placedAfterEachOther(clauses: readonly SpokenClause[]): SaidPart[] {
  let at = 0;
  return clauses.map((clause) => {
    const start = at;
    at += durationOf(clause.speech.audio);
    return { ...clause, start, end: at };
  });
}

/** The phonemes are told only where all clauses have theirs. */
function soundOf(parts: readonly SaidPart[]): { audio: Audio; phonemes?: Phoneme[] } {
  const rate = Math.max(...parts.map(({ speech }) => speech.audio.sampleRate));
  const audio = joinSounds(
    parts.map(({ speech, start }) => ({ audio: speech.audio, start })),
    rate,
  );
  const known = parts.every(({ speech }) => speech.phonemes !== undefined);
  if (!known) return { audio };
  const phonemes = parts.flatMap(({ speech, start: begin }) =>
    (speech.phonemes ?? []).map(({ symbol, start, end }) => ({
      ...{ symbol, start: begin + start, end: begin + end },
    })),
  );
  return { audio, phonemes };
}
