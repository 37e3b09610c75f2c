import { AppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Warning } from "../../domain/warning.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import {
  type ClientOverrides,
  createProviderClient,
  type Refusal,
} from "../../remote/provider-client.ts";
import { languageOfText } from "../text/language-of-text.ts";
import { nearestNames } from "../text/nearest-names.ts";
import { checkRequest, excerpt, unusedPronunciations } from "../text/request-text.ts";
import { speakableLine, spokenLine } from "../text/spoken-text.ts";
import type { DecodeSound } from "./decode-sound.ts";
import { googleLanguage, googleLanguages } from "./gtts-languages.ts";
import { PATH, soundIn, speakForm } from "./gtts-wire.ts";
import { readSound } from "./read-sound.ts";
import { speakInParts } from "./speak-in-parts.ts";

export type GttsOptions = {
  decode: DecodeSound;
  /** `baseUrl` is `https://translate.google.com` when left out. */
  client?: ClientOverrides & { baseUrl?: string };
};

const NAME = "Google Translate";
const BASE_URL = "https://translate.google.com";
const PART_LENGTH = 100;
const CONCURRENCY = 2;
/** A machine without internet is to fall back to another voice before anyone loses patience. */
const TIMEOUT_MS = 5000;
const PATIENCE_MS = 4000;
/** Its one other rate is about this, so slower requests are nearer to it than to the natural one. */
const SLOW_BELOW = 0.8;

/**
 * The voices of Google Translate: one a language, without a key. It is no published service: it may
 * change or refuse at any time, so give it another voice to fall back to. Without a voice in the
 * request it speaks the campaign's language, or that of the text's script.
 */
export function createGtts({ decode, client: overrides = {} }: GttsOptions): SpeechModel {
  const { baseUrl = BASE_URL, ...others } = overrides;
  const client = createProviderClient({
    name: NAME,
    limit: "speech:gtts",
    baseUrl,
    concurrency: CONCURRENCY,
    timeoutMs: TIMEOUT_MS,
    patienceMs: PATIENCE_MS,
    refusal: blockedOrNot,
    ...others,
    headers: {
      "content-type": "application/x-www-form-urlencoded;charset=utf-8",
      referer: `${BASE_URL}/`,
      "user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
    },
  });

  return {
    provider: "gtts",
    cacheKey(request) {
      return JSON.stringify([
        "gtts",
        languageFor(request),
        isSlow(request),
        spokenLine(request.text),
      ]);
    },
    async speak(request, { signal }): Promise<Speech> {
      checkSignal(signal);
      checkRequest(request);
      const text = speakableLine(request.text);
      const language = languageFor(request);
      if (language === undefined) throw unknownLanguage(request);
      const audio = await speakInParts({
        text,
        limit: PART_LENGTH,
        concurrency: CONCURRENCY,
        provider: NAME,
        async speak(part) {
          const form = speakForm({ text: part, language, slow: isSlow(request) });
          const { body } = await client.send({ path: PATH, body: () => form }, { signal });
          const sound = soundOf(body, part, language);
          return readSound({ sound, text: part, provider: NAME, decode, signal });
        },
      });
      const warnings = [...ignoredSpeed(request), ...unusedPronunciations(NAME, request)];
      return { audio, voice: language, warnings };
    },
    async voices() {
      return googleLanguages().map(({ code, name, tag }) => ({ id: code, name, languages: [tag] }));
    },
    async close() {
      client.close();
    },
  };
}

/** Google's code of the language to speak, undefined when it has none. */
function languageFor({ text, language, voice }: SpeechRequest): string | undefined {
  return googleLanguage(voice ?? languageOfText(text, language));
}

function unknownLanguage({ text, language, voice }: SpeechRequest): AppError {
  if (voice !== undefined) {
    const codes = googleLanguages().map(({ code }) => code);
    const near = nearestNames(voice, codes, 3).join(", ");
    const message = `${NAME} has no voice ${excerpt(voice)}: give a language such as ${near}`;
    return new AppError("VOICE_UNKNOWN", message);
  }
  const wanted = languageOfText(text, language);
  const message = `${NAME} does not speak the language ${excerpt(wanted)} of ${excerpt(text)}: choose another language or provider`;
  return new AppError("SPEECH_FAILED", message);
}

function soundOf(body: Uint8Array, text: string, language: string): Uint8Array {
  const sound = soundIn(new TextDecoder().decode(body));
  if (sound instanceof Uint8Array) return sound;
  if (sound === "none") {
    const message = `${NAME} gave no sound for ${excerpt(text)} in the language ${language}: it may not speak it; choose another language or provider`;
    throw new AppError("SPEECH_FAILED", message);
  }
  const message = `${NAME} answered ${excerpt(text)} with something else than sound: it may have changed; choose another provider`;
  throw new AppError("SPEECH_FAILED", message);
}

/** It sends whom it takes for a robot to another page, or away. */
function blockedOrNot({ status }: { status: number }): Refusal | null {
  const blocked = (status >= 300 && status < 400) || status === 403;
  if (!blocked)
    return status === 404 ? { kind: "closed", message: "its address has changed" } : null;
  const message = "it takes this machine's requests for a robot's: wait or choose another provider";
  return { kind: "closed", message };
}

function isSlow({ speed = 1 }: SpeechRequest): boolean {
  return speed < SLOW_BELOW;
}

function ignoredSpeed(request: SpeechRequest): Warning[] {
  const { speed = 1 } = request;
  if (speed === 1 || isSlow(request)) return [];
  const message = `${NAME} speaks at its own rate or slowly: speed ${speed} has no effect, below ${SLOW_BELOW} is slow`;
  return [{ code: "SPEED_IGNORED", message }];
}
