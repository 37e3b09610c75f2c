import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { sharedFaces, sharedLanguage } from "../chat/live/borrow-engine.ts";
import { DEFAULT_LIVE_LIMITS, type LiveLimits } from "../chat/live/live-limits.ts";
import {
  createLiveSessions as createSessions,
  type LiveSessions,
} from "../chat/live/live-sessions.ts";
import type { LiveSessionsSetup } from "../chat/live/live-setup.ts";
import type { Timers } from "../chat/live/timers.ts";
import { createSharedEngine, type SharedEngine } from "../chat/shared-engine.ts";
import type { Environment } from "../config/environment.ts";
import { readPersona } from "../config/persona-file.ts";
import { AppError } from "../domain/app-error.ts";
import { durationOf } from "../domain/audio.ts";
import type { Persona } from "../domain/conversation.ts";
import { visemesOfPhonemes } from "../face/visemes/visemes-of-phonemes.ts";
import { visemesOfSound } from "../face/visemes/visemes-of-sound.ts";
import { registerLiveRoute } from "../http/live/live-route.ts";
import { addChatPage } from "../http/pages/chat-page.ts";
import type { LanguageModel } from "../ports/language-model.ts";
import type { LiveFaces } from "../ports/live-face.ts";
import type { Logger } from "../ports/logger.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import { loadLanguageModel } from "./language-model.ts";

/** The composition of live conversations. */

const PICTURE = { fps: 25, size: 512 };
const CACHE_BYTES = 64 * 2 ** 20;
const GENERATION = { maxTokens: 1024, temperature: 0.7, maxSpoken: 500 };
const TOKEN_BYTES = 24;
const IDLE_MS = 10 * 60_000;

const MACHINE_TIMERS: Timers = {
  clock: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** What has to be given; the rest has defaults. */
export type LivePorts = {
  persona: Persona;
  language: SharedEngine<LanguageModel>;
  voice: SharedEngine<SpeechModel>;
  faces: SharedEngine<LiveFaces>;
  /** Null: questions are typed. */
  recognizer: SpeechRecognizer | null;
  logger: Logger;
  picture?: LiveSessionsSetup["picture"];
  generation?: LiveSessionsSetup["generation"];
  limits?: Partial<LiveLimits>;
};

/** Live conversations over the ports of this program. Nothing is loaded before the first client. */
export function createLiveSessions(ports: LivePorts): LiveSessions {
  const { persona, language, voice, recognizer, logger } = ports;
  const { picture = PICTURE, generation = GENERATION, limits } = ports;
  const faces = sharedFaces(ports.faces);
  const named = persona.voice?.name;
  const sessions = createSessions({
    ...{ persona, recognizer, logger, picture, generation, faces },
    language: sharedLanguage(language, "shared"),
    speak: (text, options) =>
      voice.use((model) =>
        model.speak(
          { text, language: persona.language, ...(named !== undefined && { voice: named }) },
          options,
        ),
      ),
    voice: JSON.stringify([persona.voice, persona.language]),
    limits: { ...DEFAULT_LIVE_LIMITS, ...limits },
    visemesOf: (audio, phonemes) =>
      phonemes ? visemesOfPhonemes(phonemes, durationOf(audio)) : visemesOfSound(audio),
    cacheBytes: CACHE_BYTES,
    newToken: () => randomBytes(TOKEN_BYTES).toString("base64url"),
    timers: MACHINE_TIMERS,
  });
  return {
    ...sessions,
    async close() {
      await sessions.close();
      await faces.close();
    },
  };
}

/** GET /api/live and the page /chat. Closing the server ends the conversations. */
export async function registerLive(
  app: FastifyInstance,
  { sessions }: { sessions: LiveSessions },
): Promise<void> {
  await addChatPage(app);
  await registerLiveRoute(app, { sessions });
}

/**
 * Conversations in text alone, as the operator has set them up, for a terminal.
 * @throws AppError of the persona.
 */
export async function createTextSessions({
  environment,
  logger,
}: {
  environment: Environment;
  logger: Logger;
}): Promise<LiveSessions> {
  const { chat, speech } = environment;
  const language = createSharedEngine({
    name: "the language model",
    idleMs: IDLE_MS,
    load: () => loadLanguageModel(chat, { logger, offline: speech.offline }),
  });
  const sessions = createLiveSessions({
    persona: await readPersona(chat.persona),
    ...{ language, voice: noEngine("voice"), faces: noEngine("face"), recognizer: null, logger },
  });
  return {
    ...sessions,
    async close() {
      await sessions.close();
      await language.close();
    },
  };
}

function noEngine(name: string): SharedEngine<never> {
  return {
    use: async () => {
      throw new AppError(
        "OPTION_UNAVAILABLE",
        `this conversation is text alone: it has no ${name}`,
      );
    },
    isLoaded: () => false,
    close: async () => {},
  };
}
