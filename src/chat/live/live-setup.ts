import type { Persona } from "../../domain/conversation.ts";
import type { LanguageModel } from "../../ports/language-model.ts";
import type { LiveFaces } from "../../ports/live-face.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Speech } from "../../ports/speech-model.ts";
import type { SpeechRecognizer } from "../../ports/speech-recognizer.ts";
import type { LiveLimits } from "./live-limits.ts";
import type { VisemesOf } from "./stage.ts";
import type { Timers } from "./timers.ts";

/** Everything that live conversations need. */
export type LiveSessionsSetup = {
  persona: Persona;
  language: LanguageModel;
  /** In the persona's voice. @throws AppError as `SpeechModel.speak`. */
  speak: (text: string, options: { signal: AbortSignal }) => Promise<Speech>;
  /** All that shapes the voice, as a stable string without a secret: what kept answers are told apart by. */
  voice: string;
  faces: LiveFaces;
  /** Of the portrait. */
  picture: { fps: number; size: number };
  visemesOf: VisemesOf;
  /** Null: questions are typed. */
  recognizer: SpeechRecognizer | null;
  generation: { maxTokens: number; temperature: number; maxSpoken: number };
  limits: LiveLimits;
  /** Media of greetings and frequent answers that is kept, bytes. */
  cacheBytes: number;
  /** At least 128 random bits, as text. */
  newToken: () => string;
  timers: Timers;
  logger: Logger;
};
