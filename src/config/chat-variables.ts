import path from "node:path";
import { z } from "zod";

const text = z.string().trim().min(1).optional();
const folder = (name: string) => z.string().trim().min(1).default(name);
const address = z.url({
  protocol: /^https?$/u,
  error: "give an address such as http://localhost:11434/v1",
});
const yesOrNo = z.stringbool({
  truthy: ["true", "1", "yes", "on"],
  falsy: ["false", "0", "no", "off"],
  error: "give true or false",
});
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** The variables of the video chat. */
export const chatVariables = {
  GEMINI_API_KEY: text,
  GEMINI_MODEL: z.string().trim().min(1).default("gemini-2.5-flash"),
  /** Who answers. */
  VOCATIVE_CHAT_MODEL: z
    .enum(["faq", "gemini", "openai"], { error: "give faq, gemini or openai" })
    .optional(),
  /** A server that speaks OpenAI's language; its key is OPENAI_API_KEY. */
  VOCATIVE_OPENAI_CHAT_URL: address.optional(),
  VOCATIVE_OPENAI_CHAT_MODEL: z.string().trim().min(1).default("gpt-4o-mini"),
  /** A folder of Markdown and text files that `faq` answers from. */
  VOCATIVE_FAQ_DIR: text,
  /** A file that says who answers: see `readPersona`. */
  VOCATIVE_PERSONA: text,
  VOCATIVE_CHAT_VOICE: text,
  VOCATIVE_CHAT_TTS_PROVIDER: text,
  GPU_ENABLED: yesOrNo.default(true),
  CUDA_DEVICE: z
    .string()
    .trim()
    .regex(/^(?:cuda:)?\d{1,3}$/u, { error: "give a device's number, such as 0" })
    .default("0"),
  MODELS_PATH: folder("models"),
  ASSETS_PATH: folder("assets"),
  OUTPUTS_PATH: folder("outputs"),
  MAX_TEXT_LENGTH: whole(10, 5000).default(500),
  AUDIO_SAMPLE_RATE: whole(8000, 48_000).default(22_050),
  VIDEO_FPS: whole(15, 60).default(25),
};

/** A folder as the operator wrote it, which clients may see, and where it is. */
export type NamedFolder = { name: string; path: string };

export type ChatEnvironment = {
  model: "faq" | "gemini" | "openai";
  gemini: { apiKey: string | null; model: string };
  openai: { apiKey: string | null; baseUrl: string; model: string };
  /** Null for the documents that come with the program. */
  faqDir: string | null;
  /** A file; null for the default persona. */
  persona: string | null;
  /** A provider's name, and its name of a voice; null for the defaults. */
  ttsProvider: string | null;
  voice: string | null;
  /** Whether GPUs may be used where there are any. */
  gpuEnabled: boolean;
  /** A number, as `nvidia-smi` counts. */
  cudaDevice: string;
  models: NamedFolder;
  assets: NamedFolder;
  outputs: NamedFolder;
  /** Characters of one answer that are spoken at most. */
  maxTextLength: number;
  /** Of the sound files that are made, Hz. */
  audioSampleRate: number;
  /** Frames a second of videos where a request does not say. */
  videoFps: number;
};

const OPENAI_URL = "https://api.openai.com/v1";

export function chatEnvironmentOf(
  data: z.infer<z.ZodObject<typeof chatVariables>> & { OPENAI_API_KEY?: string | undefined },
): ChatEnvironment {
  const apiKey = data.GEMINI_API_KEY ?? null;
  return {
    model: data.VOCATIVE_CHAT_MODEL ?? (apiKey === null ? "faq" : "gemini"),
    gemini: { apiKey, model: data.GEMINI_MODEL },
    openai: {
      apiKey: data.OPENAI_API_KEY ?? null,
      baseUrl: data.VOCATIVE_OPENAI_CHAT_URL ?? OPENAI_URL,
      model: data.VOCATIVE_OPENAI_CHAT_MODEL,
    },
    faqDir: data.VOCATIVE_FAQ_DIR === undefined ? null : path.resolve(data.VOCATIVE_FAQ_DIR),
    persona: data.VOCATIVE_PERSONA === undefined ? null : path.resolve(data.VOCATIVE_PERSONA),
    ttsProvider: data.VOCATIVE_CHAT_TTS_PROVIDER ?? null,
    voice: data.VOCATIVE_CHAT_VOICE ?? null,
    gpuEnabled: data.GPU_ENABLED,
    cudaDevice: data.CUDA_DEVICE.replace(/^cuda:/u, ""),
    models: named(data.MODELS_PATH),
    assets: named(data.ASSETS_PATH),
    outputs: named(data.OUTPUTS_PATH),
    maxTextLength: data.MAX_TEXT_LENGTH,
    audioSampleRate: data.AUDIO_SAMPLE_RATE,
    videoFps: data.VIDEO_FPS,
  };
}

function named(name: string): NamedFolder {
  return { name, path: path.resolve(name) };
}
