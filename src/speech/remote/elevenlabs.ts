import { z } from "zod";
import { AppError, toAppError } from "../../domain/app-error.ts";
import { durationOf } from "../../domain/audio.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { jsonOf } from "../../remote/provider-message.ts";
import type { VoiceClone } from "../clone/voice-clones.ts";
import { checkRequest, excerpt } from "../text/request-text.ts";
import type { DecodeSound } from "./decode-sound.ts";
import { createElevenLabsClient, type ElevenLabsAccess } from "./elevenlabs-client.ts";
import { abilitiesOf, DEFAULT_MODEL } from "./elevenlabs-models.ts";
import { type ElevenLabsSettings, mannerWarnings, requestBody } from "./elevenlabs-request.ts";
import { sentParts } from "./elevenlabs-text.ts";
import { createElevenLabsVoices } from "./elevenlabs-voices.ts";
import { alignedWords, alignmentSchema } from "./elevenlabs-words.ts";

export type ElevenLabsOptions = ElevenLabsAccess & {
  /** `eleven_multilingual_v2` when left out. */
  modelId?: string;
  /** Who speaks when a request names no voice. */
  voice: { id: string } | { clone: VoiceClone };
  /** Multiplies the speed of every request; 1 when left out. */
  speed?: number;
  settings?: ElevenLabsSettings;
  decode: DecodeSound;
  timeoutMs?: number;
};

const OUTPUT_FORMAT = "mp3_44100_128";
/** Of the API: 20 letters and digits. Whatever else may not reach a path. */
const VOICE_ID = /^[\w-]{1,100}$/u;

const speechAnswer = z.object({
  audio_base64: z.base64().min(1),
  alignment: alignmentSchema.nullish(),
});

/**
 * Speech of ElevenLabs: `POST /v1/text-to-speech/{voice_id}/with-timestamps`
 * (elevenlabs.io/docs/api-reference/text-to-speech/convert-with-timestamps). A cloned voice that is
 * gone is cloned again once.
 * @throws AppError INVALID_OPTION when the key cannot be one.
 */
export function createElevenLabs(options: ElevenLabsOptions): SpeechModel {
  const { voice: own, modelId: model = DEFAULT_MODEL, speed, settings, ...rest } = options;
  const { decode, timeoutMs, ...access } = rest;
  const manner = { model, speed: speed ?? 1, settings: settings ?? {} };
  const client = createElevenLabsClient({
    ...access,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  const account = createElevenLabsVoices(access);
  const chosenBy = ({ voice }: SpeechRequest) => (voice === undefined ? own : { id: voice });

  async function synthesise(voice: string, request: SpeechRequest, signal: AbortSignal) {
    if (!VOICE_ID.test(voice)) {
      throw new AppError(
        "VOICE_UNKNOWN",
        `${excerpt(voice)} is not the id of an ElevenLabs voice: choose one of the account's`,
      );
    }
    const { body } = await client.send(
      {
        path: `/v1/text-to-speech/${voice}/with-timestamps?output_format=${OUTPUT_FORMAT}`,
        headers: { "content-type": "application/json" },
        body: () => JSON.stringify(requestBody(manner, request)),
      },
      { signal },
    );
    return body;
  }

  /** @returns the answer, and the voice that gave it. */
  async function answered(request: SpeechRequest, signal: AbortSignal) {
    const chosen = chosenBy(request);
    if ("id" in chosen)
      return { voice: chosen.id, body: await synthesise(chosen.id, request, signal) };
    const voice = await chosen.clone.voiceId({ signal });
    try {
      return { voice, body: await synthesise(voice, request, signal) };
    } catch (thrown) {
      if (toAppError(thrown).code !== "VOICE_UNKNOWN") throw thrown;
      const renewed = await chosen.clone.replace(voice, { signal });
      return { voice: renewed, body: await synthesise(renewed, request, signal) };
    }
  }

  return {
    provider: "elevenlabs",
    cacheKey(request) {
      const chosen = chosenBy(request);
      const voice = "id" in chosen ? ["voice", chosen.id] : ["sample", chosen.clone.sampleHash];
      return JSON.stringify(["elevenlabs", OUTPUT_FORMAT, voice, requestBody(manner, request)]);
    },
    async speak(request, { signal }): Promise<Speech> {
      checkSignal(signal);
      checkRequest(request);
      const { voice, body } = await answered(request, signal);
      const { audio_base64, alignment } = readSpeech(body, request);
      const audio = await decoded(decode, { base64: audio_base64, request, signal });
      const parts = sentParts(request, abilitiesOf(model));
      const words = alignment && alignedWords(alignment, { parts, duration: durationOf(audio) });
      return { audio, voice, ...(words && { words }), warnings: mannerWarnings(manner, request) };
    },
    voices: ({ signal }) => account.list({ signal }),
    async close() {
      client.close();
      account.close();
    },
  };
}

function readSpeech(body: Uint8Array, { text }: SpeechRequest): z.infer<typeof speechAnswer> {
  const { data, error } = speechAnswer.safeParse(jsonOf(new TextDecoder().decode(body)));
  if (data) return data;
  const message = `ElevenLabs answered ${excerpt(text)} with something else than sound and its timings: ask again`;
  throw new AppError("SPEECH_FAILED", message, { retryable: true, cause: error });
}

async function decoded(
  decode: DecodeSound,
  given: { base64: string; request: SpeechRequest; signal: AbortSignal },
) {
  const { base64, request, signal } = given;
  try {
    return await decode(Buffer.from(base64, "base64"), { signal });
  } catch (thrown) {
    checkSignal(signal);
    const message = `the sound of ElevenLabs for ${excerpt(request.text)} cannot be read: ${toAppError(thrown).message}`;
    throw new AppError("SPEECH_FAILED", message, { retryable: true, cause: thrown });
  }
}
