import { AppError, toAppError } from "../../domain/app-error.ts";
import type { Speech } from "../../ports/speech-model.ts";
import type { SpokenClause } from "./heard-text.ts";
import type { PlayerClock } from "./player-clock.ts";
import type { AnswerNote, HeardWord } from "./protocol.ts";
import type { AnswerMedia, Stage } from "./stage.ts";
import { pause, type Timers } from "./timers.ts";

/** A clause is not begun while so much is still to be played, seconds: it bounds what waits in memory. */
const MEDIA_AHEAD = 4;
/** Late speech is bridged when the player has less than this left, by this much, seconds. */
const LEFT_SECONDS = 0.4;
const BRIDGE_SECONDS = 0.2;
/** Nothing to say for so long, and the answer is given up. */
const PATIENCE_MS = 30_000;
const SHORTEST_WAIT_MS = 20;

export type AnswerSink = { note(note: AnswerNote): void; media(media: AnswerMedia): void };

/** How saying an answer ended: its length in seconds, and what broke it off. */
export type SaidAnswer = { duration: number; failure: AppError | null };

/**
 * Says clauses as they come. Before the player runs dry, rest and silence bridge what is late. What
 * fails ends the answer after what was said until then.
 * @param options.said Gets each clause once it was said.
 * @throws AppError CANCELLED when `signal` aborts; the stage has then forgotten everything.
 */
export async function sayAnswer(options: {
  clauses: AsyncIterator<{ text: string; speech: Speech }>;
  stage: Stage;
  player: PlayerClock;
  sink: AnswerSink;
  said: SpokenClause[];
  timers: Timers;
  signal: AbortSignal;
}): Promise<SaidAnswer> {
  const { clauses, stage, player, sink, said, timers, signal } = options;
  let made = 0;
  /** Where the next clause will about begin. */
  let next = 0;
  const face = stage.begin({
    onMedia(media) {
      made = media.start + media.duration;
      if (!signal.aborted) sink.media(media);
    },
  });
  const cancel = () => face.cancel();
  signal.addEventListener("abort", cancel, { once: true });

  async function bridged<T>(late: Promise<T>): Promise<T> {
    const begun = timers.clock();
    let isThere = false;
    const there = new AbortController();
    const settled = () => {
      isThere = true;
      there.abort();
    };
    late.then(settled, settled);
    // What is ready is not late, however little is left.
    await pause(timers, SHORTEST_WAIT_MS, AbortSignal.any([there.signal, signal]));
    while (!isThere && !signal.aborted) {
      const patienceMs = begun + PATIENCE_MS - timers.clock();
      if (patienceMs <= 0) throw tooLate();
      const leftMs = made === 0 ? patienceMs : 1000 * (next - player.position() - LEFT_SECONDS);
      if (leftMs > 0) {
        const ms = Math.min(patienceMs, Math.max(SHORTEST_WAIT_MS, leftMs));
        await pause(timers, ms, AbortSignal.any([there.signal, signal]));
      } else {
        await face.wait(BRIDGE_SECONDS);
        next += BRIDGE_SECONDS;
      }
    }
    return late;
  }

  async function untilNeeded(): Promise<void> {
    for (;;) {
      const aheadMs = 1000 * (next - player.position() - MEDIA_AHEAD);
      if (aheadMs <= 0 || signal.aborted) return;
      await pause(timers, Math.max(SHORTEST_WAIT_MS, aheadMs), signal);
    }
  }

  async function sayAll(): Promise<void> {
    for (;;) {
      const result = await bridged(clauses.next());
      if (result.done) return;
      const { text, speech } = result.value;
      await untilNeeded();
      const index = said.length;
      sink.note({ type: "caption", index, text, start: next });
      const { audio, phonemes } = speech;
      const { start, end, visemes } = await face.say({ audio, ...(phonemes && { phonemes }) });
      const words = wordsFrom(speech, start);
      said.push({ text, start, end, words });
      next = end;
      sink.note({ type: "said", index, start, end, words, visemes });
    }
  }

  try {
    let failure: AppError | null = null;
    try {
      await sayAll();
    } catch (thrown) {
      failure = toAppError(thrown);
    }
    if (signal.aborted) throw new AppError("CANCELLED", "the answer was stopped");
    if (said.length === 0) return { duration: 0, failure };
    // A face that failed cannot come to rest either.
    if (failure?.code.startsWith("FACE")) {
      face.cancel();
      return { duration: next, failure };
    }
    return { duration: await face.end(), failure };
  } finally {
    if (said.length === 0) face.cancel();
    signal.removeEventListener("abort", cancel);
  }
}

function wordsFrom({ words = [] }: Speech, offset: number): HeardWord[] {
  return words.map(({ from, to, start, end }) => ({
    from,
    to,
    start: offset + start,
    end: offset + end,
  }));
}

function tooLate(): AppError {
  return new AppError(
    "LANGUAGE_FAILED",
    `the answer did not go on for ${PATIENCE_MS / 1000} s and was given up: ask again`,
    { retryable: true },
  );
}
