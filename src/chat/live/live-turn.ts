import { AppError, toAppError } from "../../domain/app-error.ts";
import type { LanguageAnswer } from "../../ports/language-model.ts";
import type { Speech } from "../../ports/speech-model.ts";
import { answerTurn } from "../answer-turn.ts";
import type { AnswerCache, RecordedAnswer } from "./answer-cache.ts";
import { heardText, type SpokenClause } from "./heard-text.ts";
import { createMediaPump } from "./media-pump.ts";
import type { Outbox } from "./outbox.ts";
import { createPlayerClock, type PlayerClock } from "./player-clock.ts";
import type { AnswerNote } from "./protocol.ts";
import { sayAnswer } from "./say-answer.ts";
import type { AnswerMedia, Stage } from "./stage.ts";
import { pause, type Timers } from "./timers.ts";

/** A player that is so near the end of an answer has played it, seconds. */
const END_SECONDS = 0.15;

/** One question and its answer, on a timeline of its own. */
export type LiveTurn = {
  epoch: number;
  /** Empty for a greeting. */
  question: string;
  player: PlayerClock;
  /** What was heard of it, where the player is now or stopped. */
  heard(): string;
  /** Whether it is still being made or played. */
  isSpeaking(): boolean;
  /** Stops everything at once. */
  stop(): void;
  /** Settles when all of it has been made or it was stopped; never rejects. */
  over: Promise<void>;
};

export type TurnSetup = {
  epoch: number;
  question: string;
  answer: (signal: AbortSignal) => LanguageAnswer;
  speak: (text: string, signal: AbortSignal) => Promise<Speech>;
  /** Null: the answer is text alone. */
  stage: Stage | null;
  /** Characters that are spoken at most. */
  maxSpoken: number;
  /** Where it is kept when it may be, and whether it is worth it. */
  cache: { answers: AnswerCache; key: string; keep: boolean } | null;
  outbox: Outbox;
  isAttached: () => boolean;
  /** A connected client takes nothing. */
  onStuck: () => void;
  patienceMs: number;
  timers: Timers;
};

/** Begins an answer; everything it brings goes into the outbox. */
export function beginTurn(setup: TurnSetup): LiveTurn {
  const { epoch, question, stage, outbox, timers } = setup;
  const stopped = new AbortController();
  const { signal } = stopped;
  const player = createPlayerClock(timers.clock);
  const said: SpokenClause[] = [];
  let written = "";
  let duration: number | null = null;
  const found = setup.cache?.answers.get(setup.cache.key) ?? null;
  outbox.event({ type: "answer", epoch, question, cached: found !== null });

  function note(one: AnswerNote): void {
    if (!signal.aborted) outbox.event({ ...one, epoch });
  }

  async function write(): Promise<void> {
    const answer = setup.answer(signal);
    answer.end.catch(() => {});
    for await (const text of answer.text) {
      if (signal.aborted) return;
      written += text;
      note({ type: "text", text });
    }
    const { finish, sources } = await answer.end;
    duration = 0;
    note({ type: "answered", duration, finish, sources, warnings: [] });
  }

  async function speak(on: Stage): Promise<void> {
    const pump = createMediaPump({ ...setup, player, signal });
    const notes: AnswerNote[] = [];
    const media: AnswerMedia[] = [];
    const keep = setup.cache?.keep ?? false;
    const sink = {
      note(one: AnswerNote) {
        if (keep) notes.push(one);
        note(one);
      },
      media(one: AnswerMedia) {
        if (keep) media.push(one);
        pump.add(one);
      },
    };
    const turn = answerTurn({
      answer: setup.answer,
      speak: setup.speak,
      maxSpoken: setup.maxSpoken,
      clauses: {
        wait: async (ms, stop) => {
          await pause(timers, ms, stop);
          stop.throwIfAborted();
        },
      },
      signal,
    });
    // What broke the clauses off is told once, by them.
    turn.end.catch(() => {});
    const result = await sayAnswer({
      clauses: turn.clauses,
      stage: on,
      player,
      sink,
      said,
      timers,
      signal,
    });
    duration = result.duration;
    pump.finish();
    if (result.failure) throw result.failure;
    const { finish, sources, warnings } = await turn.end;
    sink.note({ type: "answered", duration, finish, sources, warnings });
    if (keep && !signal.aborted) setup.cache?.answers.put(setup.cache.key, { notes, media, said });
  }

  function replay(recorded: RecordedAnswer): void {
    const pump = createMediaPump({ ...setup, player, signal });
    said.push(...recorded.said);
    for (const one of recorded.notes) {
      if (one.type === "answered") duration = one.duration;
      note(one);
    }
    for (const one of recorded.media) pump.add(one);
    pump.finish();
  }

  async function run(): Promise<void> {
    try {
      if (found) replay(found);
      else if (stage) await speak(stage);
      else await write();
    } catch (thrown) {
      if (signal.aborted) return;
      const { code, message, retryable } = toAppError(thrown);
      duration ??= 0;
      const told = code === "INTERNAL" ? "the answer failed: ask again" : message;
      outbox.event({ type: "error", epoch, code, message: told, retryable });
    }
  }

  return {
    epoch,
    question,
    player,
    heard: () => (stage ? heardText(said, player.position()) : written.trim()),
    isSpeaking: () =>
      duration === null || (stage !== null && player.position() < duration - END_SECONDS),
    stop() {
      stopped.abort(new AppError("CANCELLED", "the answer was stopped"));
      outbox.dropMedia();
    },
    over: run(),
  };
}
