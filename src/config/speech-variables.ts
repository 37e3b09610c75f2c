import { z } from "zod";

const text = z.string().trim().min(1).optional();
const address = z.url({
  protocol: /^https?$/u,
  error: "give an address such as http://localhost:8880/v1",
});
const yesOrNo = z.stringbool({
  truthy: ["true", "1", "yes", "on"],
  falsy: ["false", "0", "no", "off"],
  error: "give true or false",
});

/** The variables that say which voices and recognisers there are. */
export const speechVariables = {
  /** Nothing is sent to a provider on the internet. */
  VOCATIVE_OFFLINE: yesOrNo.default(false),
  VOCATIVE_GTTS_URL: address.optional(),
  ELEVENLABS_API_KEY: text,
  ELEVENLABS_VOICE_ID: text,
  ELEVENLABS_MODEL_ID: text,
  VOCATIVE_ELEVENLABS_URL: address.optional(),
  OPENAI_API_KEY: text,
  VOCATIVE_OPENAI_SPEECH_URL: address.optional(),
  VOCATIVE_OPENAI_SPEECH_MODEL: z.string().trim().min(1).default("gpt-4o-mini-tts"),
  VOCATIVE_OPENAI_SPEECH_VOICE: text,
  /** An XTTS server, and whose. */
  VOCATIVE_XTTS_URL: address.optional(),
  VOCATIVE_XTTS_KIND: z
    .enum(["coqui", "xtts-api-server"], { error: "give coqui or xtts-api-server" })
    .default("coqui"),
  /** Coqui's program `tts`, where there is no server. */
  VOCATIVE_XTTS_COMMAND: text,
  /** The recording whose voice XTTS takes: as the server, or the program, finds it. */
  VOCATIVE_XTTS_SPEAKER: text,
  VOCATIVE_XTTS_ACCEPT_LICENCE: yesOrNo.default(false),
  /** A folder with a folder for every model of sherpa-onnx. */
  VOCATIVE_SHERPA_MODELS: text,
  /** A recording, and what it says, for models that speak like one. */
  VOCATIVE_SHERPA_SPEAKER: text,
  VOCATIVE_SHERPA_SPEAKER_TEXT: text,
  /** A model of whisper.cpp (ggml). */
  VOCATIVE_WHISPER_MODEL: text,
};

/** What the operator has set up for speech; null where something is not. */
export type SpeechEnvironment = {
  offline: boolean;
  gtts: { baseUrl: string | null };
  elevenlabs: {
    apiKey: string | null;
    voiceId: string | null;
    modelId: string | null;
    baseUrl: string | null;
  };
  openai: { apiKey: string | null; baseUrl: string; model: string; voice: string | null } | null;
  xttsServer: { baseUrl: string; kind: "coqui" | "xtts-api-server"; speaker: string } | null;
  xttsCommand: { program: string; speaker: string; acceptLicence: boolean } | null;
  sherpa: { models: string; speaker: { file: string; text: string } | null } | null;
  whisperModel: string | null;
};

const OPENAI_URL = "https://api.openai.com/v1";

export function speechEnvironmentOf(
  data: z.infer<z.ZodObject<typeof speechVariables>>,
): SpeechEnvironment {
  const speaker = data.VOCATIVE_XTTS_SPEAKER;
  const { VOCATIVE_XTTS_URL: xttsUrl, VOCATIVE_XTTS_COMMAND: xttsProgram } = data;
  const { OPENAI_API_KEY: openaiKey, VOCATIVE_OPENAI_SPEECH_URL: openaiUrl } = data;
  const { VOCATIVE_SHERPA_SPEAKER: file, VOCATIVE_SHERPA_SPEAKER_TEXT: text } = data;
  return {
    offline: data.VOCATIVE_OFFLINE,
    gtts: { baseUrl: data.VOCATIVE_GTTS_URL ?? null },
    elevenlabs: {
      apiKey: data.ELEVENLABS_API_KEY ?? null,
      voiceId: data.ELEVENLABS_VOICE_ID ?? null,
      modelId: data.ELEVENLABS_MODEL_ID ?? null,
      baseUrl: data.VOCATIVE_ELEVENLABS_URL ?? null,
    },
    openai:
      // A server of its own may well stand in the same room.
      openaiUrl === undefined && (openaiKey === undefined || data.VOCATIVE_OFFLINE)
        ? null
        : {
            apiKey: openaiKey ?? null,
            baseUrl: openaiUrl ?? OPENAI_URL,
            model: data.VOCATIVE_OPENAI_SPEECH_MODEL,
            voice: data.VOCATIVE_OPENAI_SPEECH_VOICE ?? null,
          },
    xttsServer:
      xttsUrl === undefined || speaker === undefined
        ? null
        : { baseUrl: xttsUrl, kind: data.VOCATIVE_XTTS_KIND, speaker },
    xttsCommand:
      xttsProgram === undefined || speaker === undefined
        ? null
        : { program: xttsProgram, speaker, acceptLicence: data.VOCATIVE_XTTS_ACCEPT_LICENCE },
    sherpa:
      data.VOCATIVE_SHERPA_MODELS === undefined
        ? null
        : {
            models: data.VOCATIVE_SHERPA_MODELS,
            speaker: file === undefined ? null : { file, text: text ?? "" },
          },
    whisperModel: data.VOCATIVE_WHISPER_MODEL ?? null,
  };
}
