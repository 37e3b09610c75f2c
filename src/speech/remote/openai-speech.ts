import { checkSignal } from "../../domain/check-signal.ts";
import type { Warning } from "../../domain/warning.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { type ClientOverrides, createProviderClient } from "../../remote/provider-client.ts";
import { checkRequest, unusedPronunciations } from "../text/request-text.ts";
import { speakableLine, spokenLine } from "../text/spoken-text.ts";
import type { DecodeSound } from "./decode-sound.ts";
import { openAiRefusal } from "./openai-refusal.ts";
import { openAiVoices } from "./openai-voices.ts";
import { readSound } from "./read-sound.ts";
import { speakInParts } from "./speak-in-parts.ts";

export type OpenAiSpeechOptions = {
  /** With its version, such as `https://api.openai.com/v1` or `http://localhost:8880/v1`. */
  baseUrl: string;
  /** A secret; servers of one's own often need none. */
  apiKey?: string;
  /** Such as `gpt-4o-mini-tts`, `tts-1` or `kokoro`. */
  model: string;
  /** Who speaks when a request names no voice; `alloy` when left out. */
  voice?: string;
  /** How to speak, in words, such as `warmly`; not read by every model. */
  instructions?: string;
  /** What is sent over the network; `wav` when left out. */
  format?: "wav" | "mp3";
  /** Requests at a time; 4 when left out. */
  concurrency?: number;
  decode: DecodeSound;
  client?: ClientOverrides;
};

const VOICE = "alloy";
const CONCURRENCY = 4;
const TIMEOUT_MS = 120_000;
/** Of `input`; in characters, which are never more than UTF-16 units. */
const INPUT_LENGTH = 4096;
const SPEEDS = { slowest: 0.25, fastest: 4 };
/** These take `instructions` and do nothing with them. */
const UNINSTRUCTED = /^tts-1\b/u;

/**
 * Speech of OpenAI and of any server that speaks its language: `POST /audio/speech`
 * (platform.openai.com/docs/api-reference/audio/createSpeech).
 * @throws AppError INVALID_OPTION for a base URL or a key that cannot be one.
 */
export function createOpenAiSpeech(options: OpenAiSpeechOptions): SpeechModel {
  const { baseUrl, model, decode, instructions, format = "wav" } = options;
  const { voice: ownVoice = VOICE, concurrency = CONCURRENCY } = options;
  const key = options.apiKey?.trim();
  const name = nameOf(baseUrl);
  const client = createProviderClient({
    name,
    limit: "speech:openai",
    baseUrl,
    headers: key ? { authorization: `Bearer ${key}` } : {},
    concurrency,
    timeoutMs: TIMEOUT_MS,
    refusal: openAiRefusal,
    ...options.client,
  });

  const bodyOf = (request: SpeechRequest, input: string) => {
    const speed = spokenSpeed(request);
    return JSON.stringify({
      model,
      voice: request.voice ?? ownVoice,
      input,
      response_format: format,
      ...(speed !== 1 && { speed }),
      ...(instructions && { instructions }),
    });
  };

  return {
    provider: "openai",
    cacheKey: (request) =>
      JSON.stringify(["openai", baseUrl, bodyOf(request, spokenLine(request.text))]),
    async speak(request, { signal }): Promise<Speech> {
      checkSignal(signal);
      checkRequest(request);
      const audio = await speakInParts({
        text: speakableLine(request.text),
        limit: INPUT_LENGTH,
        concurrency,
        provider: name,
        async speak(part) {
          const headers = { "content-type": "application/json" };
          const call = { path: "/audio/speech", headers, body: () => bodyOf(request, part) };
          const { body: sound } = await client.send(call, { signal });
          return readSound({ sound, text: part, provider: name, decode, signal });
        },
      });
      const warnings = [
        ...limitedSpeed(name, request),
        ...ignoredInstructions(options),
        ...unusedPronunciations(name, request),
      ];
      return { audio, voice: request.voice ?? ownVoice, warnings };
    },
    voices: ({ signal }) => openAiVoices(client, { signal }),
    async close() {
      client.close();
    },
  };
}

function nameOf(baseUrl: string): string {
  const host = URL.parse(baseUrl)?.host ?? "";
  return host === "api.openai.com" ? "OpenAI" : `the speech server ${host}`.trim();
}

function spokenSpeed({ speed = 1 }: SpeechRequest): number {
  return Math.min(Math.max(speed, SPEEDS.slowest), SPEEDS.fastest);
}

function limitedSpeed(name: string, request: SpeechRequest): Warning[] {
  const [wanted, spoken] = [request.speed ?? 1, spokenSpeed(request)];
  if (wanted === spoken) return [];
  const message = `${name} speaks at a speed of ${SPEEDS.slowest} to ${SPEEDS.fastest}: ${wanted} became ${spoken}`;
  return [{ code: "SPEED_LIMITED", message }];
}

function ignoredInstructions({ model, instructions }: OpenAiSpeechOptions): Warning[] {
  if (!instructions || !UNINSTRUCTED.test(model)) return [];
  const message = `the model ${model} reads no instructions: choose another, such as gpt-4o-mini-tts`;
  return [{ code: "INSTRUCTIONS_IGNORED", message }];
}
