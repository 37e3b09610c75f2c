import { createLiveSessions, registerLive } from "../../src/app/live.ts";
import type { LiveSessions } from "../../src/chat/live/live-sessions.ts";
import type { SharedEngine } from "../../src/chat/shared-engine.ts";
import { DEFAULT_TENANT, SCOPES } from "../../src/domain/caller.ts";
import { createFaceFinder } from "../../src/face/landmarks/face-finder.ts";
import { createLiveFaces } from "../../src/face/live/live-faces.ts";
import { createHttpServer } from "../../src/http/server.ts";
import { createFakeService } from "../../src/http/testing/fake-service.ts";
import type { LanguageModel } from "../../src/ports/language-model.ts";
import type { SpeechModel } from "../../src/ports/speech-model.ts";

/** Milliseconds since 1970 at which things happened that a measurement needs. */
export type LiveTimes = { spoken: number[] };

export type LiveServer = {
  url: string;
  sessions: LiveSessions;
  times: LiveTimes;
  /** Processes that make pictures. */
  pids(): number[];
  close(): Promise<void>;
};

/**
 * A real server with the default portrait, on a free port of this machine.
 * @param options.answers What is answered to a question, unless a `language` model is given.
 */
export async function startLiveServer(options: {
  voice: SpeechModel;
  answers: (question: string) => string[];
  language?: SharedEngine<LanguageModel>;
}): Promise<LiveServer> {
  const finder = createFaceFinder();
  const faces = createLiveFaces({ faces: finder });
  const times: LiveTimes = { spoken: [] };
  const { voice } = options;
  const sessions = createLiveSessions({
    persona: { name: "Asha", system: "", language: "en", portrait: null, greeting: "" },
    language: options.language ?? loaded(scripted(options.answers)),
    voice: loaded<SpeechModel>({
      ...voice,
      async speak(request, call) {
        const speech = await voice.speak(request, call);
        times.spoken.push(Date.now());
        return speech;
      },
    }),
    faces: loaded(faces),
    recognizer: null,
    limits: { turnsPerMinute: 10_000, turnsPerSession: 10_000 },
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const app = createHttpServer({
    service: createFakeService(),
    version: "1.2.3",
    access(root) {
      root.addHook("onRequest", async (request) => {
        request.caller = { tenant: DEFAULT_TENANT, scopes: SCOPES, keyId: null };
      });
    },
    plugins: [(routes) => registerLive(routes, { sessions })],
    limits: { uploadBytes: 2 ** 20 },
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    ...{ url, sessions, times },
    pids: () => faces.pids(),
    async close() {
      app.server.closeAllConnections();
      await app.close();
      await Promise.all([faces.close(), finder.close(), voice.close()]);
    },
  };
}

function quiet(): void {}

/** An engine that is there already. */
export function loaded<Engine>(engine: Engine): SharedEngine<Engine> {
  return { use: (work) => work(engine), isLoaded: () => true, close: async () => {} };
}

function scripted(answers: (question: string) => string[]): LanguageModel {
  return {
    provider: "scripted",
    answer({ messages }) {
      async function* text() {
        yield* answers(messages.at(-1)?.text ?? "");
      }
      const sources = [{ title: "Rules", file: "rules.md", section: "Opening" }];
      return {
        text: text(),
        end: Promise.resolve({ tokensUsed: 0, finish: "stop", sources }),
      };
    },
    close: async () => {},
  };
}

const RATE = 24_000;
export const SILENCE_SECONDS = 0.4;
export const TONE_SECONDS = 1.2;

/** Says every clause as a tone of 440 Hz; one with the word "beep" begins with silence. */
export function createToneVoice(): SpeechModel {
  return {
    provider: "tone",
    cacheKey: ({ text }) => text,
    async speak({ text }) {
      const silence = /beep/iu.test(text) ? SILENCE_SECONDS : 0;
      const samples = Float32Array.from(
        { length: Math.round((silence + TONE_SECONDS) * RATE) },
        (_, at) => (at < silence * RATE ? 0 : 0.3 * Math.sin((2 * Math.PI * 440 * at) / RATE)),
      );
      return { audio: { samples, sampleRate: RATE }, voice: "tone", warnings: [] };
    },
    close: async () => {},
  };
}
