import type { Persona } from "../../domain/conversation.ts";
import type { LanguageAnswer, LanguageModel } from "../../ports/language-model.ts";
import type { Speech } from "../../ports/speech-model.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { createHistory } from "./history.ts";
import { beginTurn, type LiveTurn } from "./live-turn.ts";
import { createOutbox, type LiveConnection } from "./outbox.ts";
import type { LiveMode } from "./protocol.ts";
import type { Stage } from "./stage.ts";
import type { Timers } from "./timers.ts";

/** One conversation. It outlives a connection that breaks. */
export type LiveSession = {
  mode: LiveMode;
  /** Sends what was missed after `seq`, and everything from now on. */
  attach(connection: LiveConnection, seq: number): void;
  /** The connection is gone: nothing is sent, and the player stands still. */
  detach(): void;
  greet(): void;
  /** Begins a new answer; one that is being said ends where it was heard to. */
  ask(text: string, heard?: { epoch: number; at: number }): void;
  /** Ends the answer that is being said; nothing happens when there is none or `epoch` is an older one. */
  interrupt(heard?: { epoch: number; at: number }): void;
  played(report: { epoch: number; at: number; playing: boolean; seq: number }): void;
  /** The user was heard to say something. */
  transcript(text: string): void;
  failed(error: { code: "RECOGNITION_FAILED"; message: string; retryable: boolean }): void;
  /** Whether an answer is being made or played. */
  isSpeaking(): boolean;
  /** Questions that were asked. */
  turns(): number;
  /** Bytes that are kept for the client. */
  size(): number;
  /** Ends everything; resolves when it has ended. */
  end(): Promise<void>;
};

export type LiveSessionSetup = {
  mode: LiveMode;
  persona: Persona;
  language: LanguageModel;
  speak: (text: string, signal: AbortSignal) => Promise<Speech>;
  /** Null for text alone. */
  stage: Stage | null;
  answers: AnswerCache;
  /** All that shapes an answer besides the question, as a stable string without a secret. */
  setting: string;
  generation: { maxTokens: number; temperature: number; maxSpoken: number };
  /** How long a connected client may take nothing, ms. */
  patienceMs: number;
  timers: Timers;
};

export function createLiveSession(setup: LiveSessionSetup): LiveSession {
  const { mode, persona, language, stage, answers, setting, generation, timers } = setup;
  const outbox = createOutbox();
  const history = createHistory();
  let connection: LiveConnection | null = null;
  let epoch = 0;
  let asked = 0;
  let turn: LiveTurn | null = null;
  const running = new Set<Promise<void>>();

  function begin(
    question: string,
    answer: (signal: AbortSignal) => LanguageAnswer,
    cache: { key: string; keep: boolean } | null,
  ): void {
    epoch += 1;
    turn = beginTurn({
      ...{ epoch, question, answer, stage, outbox, timers },
      speak: setup.speak,
      maxSpoken: generation.maxSpoken,
      cache: cache && stage ? { answers, ...cache } : null,
      isAttached: () => connection !== null,
      onStuck: () =>
        connection?.close(
          "tooSlow",
          `nothing was taken for ${setup.patienceMs / 1000} s, which is the limit: connect again with the token`,
        ),
      patienceMs: setup.patienceMs,
    });
    const { over } = turn;
    running.add(over);
    void over.then(() => running.delete(over));
  }

  /** Ends the last turn and notes what was heard of it. */
  function conclude(): void {
    if (!turn) return;
    const ended = turn;
    const wasSpeaking = ended.isSpeaking();
    turn = null;
    const heard = ended.heard();
    ended.stop();
    if (ended.question !== "") history.add({ role: "user", text: ended.question });
    history.add({ role: "assistant", text: heard });
    if (wasSpeaking) outbox.event({ type: "interrupted", epoch: ended.epoch, heard });
  }

  function hear(heard: { epoch: number; at: number } | undefined): void {
    if (heard && heard.epoch === turn?.epoch) turn.player.report(heard.at, false);
  }

  return {
    mode,
    attach(to, seq) {
      connection = to;
      outbox.attach(to, seq);
    },
    detach() {
      connection = null;
      outbox.detach();
      turn?.player.stop();
    },
    greet() {
      if (persona.greeting === "") return;
      begin("", () => fixedAnswer(persona.greeting), {
        key: JSON.stringify([setting, "greeting", persona.greeting]),
        keep: true,
      });
    },
    ask(text, heard) {
      hear(heard);
      conclude();
      asked += 1;
      const key = JSON.stringify([setting, "question", text.normalize("NFC").toLowerCase()]);
      // What was said before may change an answer.
      const cache = history.hasBegun() ? null : { key, keep: answers.wanted(key) };
      const messages = history.messagesFor(text);
      const { maxTokens, temperature } = generation;
      begin(
        text,
        (signal) =>
          language.answer({ system: persona.system, messages, maxTokens, temperature }, { signal }),
        cache,
      );
    },
    interrupt(heard) {
      if (heard && heard.epoch !== turn?.epoch) return;
      hear(heard);
      if (turn?.isSpeaking()) conclude();
    },
    played({ epoch: of, at, playing, seq }) {
      outbox.confirm(seq);
      if (of === turn?.epoch) turn.player.report(at, playing);
    },
    transcript(text) {
      outbox.event({ type: "transcript", text });
    },
    failed(error) {
      outbox.event({ type: "error", epoch, ...error });
    },
    isSpeaking: () => turn?.isSpeaking() ?? false,
    turns: () => asked,
    size: () => outbox.size(),
    async end() {
      turn?.stop();
      turn = null;
      connection = null;
      outbox.detach();
      await Promise.all(running);
    },
  };
}

/** A text that is known, as an answer. */
function fixedAnswer(text: string): LanguageAnswer {
  return {
    text: (async function* () {
      yield text;
    })(),
    end: Promise.resolve({ tokensUsed: 0, finish: "stop", sources: [] }),
  };
}
