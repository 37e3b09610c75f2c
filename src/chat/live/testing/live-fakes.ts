import { AppError } from "../../../domain/app-error.ts";
import { durationOf } from "../../../domain/audio.ts";
import type { LanguageModel, LanguageRequest } from "../../../ports/language-model.ts";
import type { LiveFaces, LiveFragment, LivePortrait } from "../../../ports/live-face.ts";
import type { Speech } from "../../../ports/speech-model.ts";
import { type BinaryFrame, readBinaryFrame } from "../binary-frame.ts";
import { DEFAULT_LIVE_LIMITS } from "../live-limits.ts";
import { createLiveSessions, type LiveSessions } from "../live-sessions.ts";
import type { LiveSessionsSetup } from "../live-setup.ts";
import type { LiveConnection } from "../outbox.ts";
import type { CloseReason } from "../protocol.ts";
import { createManualTimers, type ManualTimers, settled } from "./manual-timers.ts";

const FRAGMENT_SECONDS = 0.2;
export const SECONDS_A_WORD = 0.5;
const RATE = 8000;

/** A portrait whose fragments say where they stand; it counts what goes on. */
export type FakeFaces = LiveFaces & {
  begun: number;
  cancelled: number;
  ended: number;
  waited: number;
};

export function createFakeFaces(): FakeFaces {
  const portrait: LivePortrait = {
    ...{ width: 64, height: 64, fps: 25, mimeType: "video/mp4" },
    init: Uint8Array.of(1),
    idle: async () => Uint8Array.of(2),
    begin({ onFragment }) {
      faces.begun += 1;
      let time = 0;
      let over = false;
      const add = (seconds: number) => {
        if (over) throw new AppError("CANCELLED", "the answer was cancelled");
        const end = time + seconds;
        while (end - time > 1e-6) {
          const duration = Math.min(FRAGMENT_SECONDS, end - time);
          const fragment: LiveFragment = { bytes: new Uint8Array(1000), start: time, duration };
          time += duration;
          onFragment(fragment);
        }
      };
      return {
        async say({ audio }) {
          const start = time;
          add(durationOf(audio));
          return { start, end: time, visemes: [{ viseme: "aa", start, end: time }] };
        },
        async wait(seconds) {
          faces.waited += seconds;
          add(seconds);
        },
        async end() {
          add(0.2);
          over = true;
          faces.ended += 1;
          return time;
        },
        save: async () => ({ duration: time, frames: 0 }),
        cancel() {
          if (!over) faces.cancelled += 1;
          over = true;
        },
      };
    },
  };
  const faces: FakeFaces = {
    ...{ begun: 0, cancelled: 0, ended: 0, waited: 0 },
    open: async () => portrait,
    memory: () => 0,
    close: async () => {},
  };
  return faces;
}

/** Half a second for every word, with the time of each. */
export function speechOf(text: string): Speech {
  const words = [...text.matchAll(/\S+/gu)].map((match, index) => ({
    ...{ from: match.index, to: match.index + match[0].length },
    ...{ start: index * SECONDS_A_WORD, end: (index + 1) * SECONDS_A_WORD },
  }));
  const samples = new Float32Array(words.length * SECONDS_A_WORD * RATE).fill(0.5);
  return { audio: { samples, sampleRate: RATE }, voice: "fake", words, warnings: [] };
}

/** Answers with what the test gives, and notes what it was asked. */
export type FakeLanguage = LanguageModel & {
  requests: LanguageRequest[];
  answerWith: (question: string, signal: AbortSignal) => AsyncIterable<string>;
};

export function createFakeLanguage(): FakeLanguage {
  const language: FakeLanguage = {
    provider: "fake",
    requests: [],
    answerWith: (question) => pieces(`You said ${question}.`),
    answer(request, { signal }) {
      language.requests.push(structuredClone(request));
      const text = language.answerWith(request.messages.at(-1)?.text ?? "", signal);
      const sources = [{ title: "Rules", file: "rules.md", section: "" }];
      return { text, end: Promise.resolve({ tokensUsed: 1, finish: "stop", sources }) };
    },
    close: async () => {},
  };
  return language;
}

export async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

/** Never goes on by itself. */
export async function* stuck(signal: AbortSignal, ...texts: string[]): AsyncGenerator<string> {
  yield* texts;
  await new Promise<void>((_resolve, reject) => {
    const fail = () => reject(new AppError("CANCELLED", "cancelled"));
    if (signal.aborted) fail();
    signal.addEventListener("abort", fail, { once: true });
  });
}

/** What a client got: events as they are, media as its header. */
export type FakeClient = {
  connection: LiveConnection;
  events: Record<string, unknown>[];
  frames: BinaryFrame[];
  closed: { reason: CloseReason; message: string } | null;
  /** Bytes that the network has not taken. */
  buffered: number;
  send(message: Record<string, unknown>): void;
  /** Raw text. */
  sendText(text: string): void;
  sendSound(bytes: Uint8Array): void;
  hangUp(): void;
  /** Events of a type. */
  of(type: string): Record<string, unknown>[];
  fragments(epoch: number): BinaryFrame[];
  lastSeq(): number;
};

export type LiveBench = {
  sessions: LiveSessions;
  timers: ManualTimers;
  faces: FakeFaces;
  language: FakeLanguage;
  connect(client?: { owner?: string; address?: string }): FakeClient;
  /** A client with an open conversation. */
  open(message?: Record<string, unknown>): Promise<FakeClient>;
};

/** Live conversations over fakes and a clock that stands still. */
export function createLiveBench(changes: Partial<LiveSessionsSetup> = {}): LiveBench {
  const timers = createManualTimers();
  const faces = createFakeFaces();
  const language = createFakeLanguage();
  let tokens = 0;
  const quiet = () => {};
  const sessions = createLiveSessions({
    persona: {
      ...{ name: "Asha", system: "Be brief.", language: "en", portrait: null, greeting: "" },
    },
    language,
    speak: async (text) => speechOf(text),
    voice: "fake",
    faces,
    picture: { fps: 25, size: 64 },
    visemesOf: ({ samples, sampleRate }) => [
      { viseme: "aa", start: 0, end: samples.length / sampleRate },
    ],
    recognizer: null,
    generation: { maxTokens: 100, temperature: 0, maxSpoken: 500 },
    limits: DEFAULT_LIVE_LIMITS,
    cacheBytes: 1_000_000,
    newToken: () => `token-${++tokens}`,
    timers,
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    ...changes,
  });

  function connect({ owner = "o", address = "a" } = {}): FakeClient {
    const client: FakeClient = {
      connection: {
        send(frame) {
          if (typeof frame === "string") client.events.push(JSON.parse(frame));
          else client.frames.push(readBinaryFrame(frame) as BinaryFrame); // what the server makes is one
        },
        buffered: () => client.buffered,
        close(reason, message) {
          client.closed ??= { reason, message };
        },
      },
      events: [],
      frames: [],
      closed: null,
      buffered: 0,
      send: (message) => handler.text(JSON.stringify({ v: 1, ...message })),
      sendText: (text) => handler.text(text),
      sendSound: (bytes) => handler.binary(bytes),
      hangUp: () => handler.closed(),
      of: (type) => client.events.filter((event) => event["type"] === type),
      fragments: (epoch) => client.frames.filter((frame) => frame.epoch === epoch && epoch > 0),
      lastSeq: () =>
        Math.max(
          0,
          ...client.frames.map(({ seq }) => seq),
          ...client.events.map(({ seq }) => Number(seq ?? 0)),
        ),
    };
    const handler = sessions.connect(client.connection, { owner, address });
    return client;
  }

  return {
    ...{ sessions, timers, faces, language, connect },
    async open(message = {}) {
      const client = connect();
      client.send({ type: "open", ...message });
      await settled();
      return client;
    },
  };
}
