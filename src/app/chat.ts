import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { type CampaignOptions, campaignOptionsSchema } from "../campaign/campaign-options.ts";
import { createAssets } from "../chat/assets.ts";
import type { ChatService } from "../chat/chat-service.ts";
import { createChatService } from "../chat/create-chat-service.ts";
import { type ChatFile, createFileFolder } from "../chat/file-folder.ts";
import { createNamedMedia } from "../chat/named-media.ts";
import { createSharedEngine, type SharedEngine } from "../chat/shared-engine.ts";
import { createVideoStreams } from "../chat/video-streams.ts";
import type { Environment } from "../config/environment.ts";
import { readPersona } from "../config/persona-file.ts";
import { AppError, toAppError } from "../domain/app-error.ts";
import type { Persona } from "../domain/conversation.ts";
import { createFaceFinder } from "../face/landmarks/face-finder.ts";
import { createLiveFaces } from "../face/live/live-faces.ts";
import type { Clock } from "../ports/clock.ts";
import type { LanguageModel } from "../ports/language-model.ts";
import type { LiveFaces } from "../ports/live-face.ts";
import type { Logger } from "../ports/logger.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import { loadLanguageModel } from "./language-model.ts";
import { createMedia } from "./local-campaign.ts";
import { createPortraits } from "./portraits.ts";
import { createRecognizer } from "./recognizers.ts";
import { requireProvider } from "./speech-policy.ts";
import { createVoices, type Voices } from "./voices.ts";

/** An engine that nobody used for so long is ended. */
const IDLE_MS = 10 * 60_000;
const RETENTION_EVERY_MS = 3600_000;
const DAY_MS = 24 * 3600_000;
/** Longer side of videos, pixels. */
export const VIDEO_SIZE = 512;
const MEDIA_WORKERS = 1;
/** Clips of remote voices, removed as outputs are. */
const CACHE_FOLDER = "cache";

export type Chat = {
  service: ChatService;
  /** What live conversations share with the service. */
  language: SharedEngine<LanguageModel>;
  voice: SharedEngine<SpeechModel>;
  faces: SharedEngine<LiveFaces>;
  persona: Persona;
  /** Null where the operator has no model for one. */
  recognizer: SpeechRecognizer | null;
  close(): Promise<void>;
};

/**
 * The video chat as the operator has set it up. Nothing is loaded before it is needed; what is kept no
 * longer is removed now and every hour.
 * @throws AppError of the persona; INVALID_OPTION and OPTION_UNAVAILABLE for its voice.
 */
export async function openChat({
  environment,
  logger,
  clock = Date.now,
}: {
  environment: Environment;
  logger: Logger;
  clock?: Clock;
}): Promise<Chat> {
  const { chat, speech, policy } = environment;
  const persona = withVoice(await readPersona(chat.persona), environment);
  const options = voiceOptionsOf(persona);
  requireProvider(options.ttsProvider, speech);
  const media = createMedia(environment, MEDIA_WORKERS);
  const outputs = createFileFolder({ root: chat.outputs.path });
  const assetFolder = createFileFolder({ root: chat.assets.path });
  const assets = createAssets({
    folder: assetFolder,
    async checkSound(file, call) {
      const { audio } = await media.probe(file, call);
      if (audio === null)
        throw new AppError("NO_AUDIO", "the file holds no sound: send a recording");
    },
    requireConsent: policy.requireConsent,
    clock,
  });

  let voices: Voices | null = null;
  const openVoices = () => {
    voices ??= createVoices({
      environment,
      media,
      nameCacheDir: path.join(chat.outputs.path, CACHE_FOLDER),
      savesDisk: true,
    });
    return voices;
  };
  const voice = createSharedEngine<SpeechModel>({
    name: "the voice",
    idleMs: IDLE_MS,
    async load() {
      const opened = openVoices();
      const model = opened.get({ options, apiKey: null, sample: null });
      return {
        ...model,
        async close() {
          if (voices === opened) voices = null;
          await opened.close();
        },
      };
    },
  });
  const language = createSharedEngine({
    name: "the language model",
    idleMs: IDLE_MS,
    load: () => loadLanguageModel(chat, { logger, offline: speech.offline }),
  });
  const animator = createSharedEngine({
    name: "the face",
    idleMs: IDLE_MS,
    load: async () => createPortraits("embedded", { environment, media }),
  });
  const faces = createSharedEngine({ name: "the face", idleMs: IDLE_MS, load: loadFaces });

  const service = createChatService({
    language,
    voice,
    voiceLike: canClone(options)
      ? async (recording) => openVoices().get(await cloneOf(recording, options))
      : null,
    languages: languagesOf(options, openVoices),
    animator,
    faces,
    readSound: (file, call) => media.decodeAudio(file, call),
    persona,
    outputs,
    assets,
    media: createNamedMedia({ outputs, assets: assetFolder, uploads: assets }),
    streams: createVideoStreams({
      wait: async (ms, signal) => {
        await setTimeout(ms, undefined, { signal });
      },
    }),
    settings: {
      maxTextLength: chat.maxTextLength,
      sampleRate: chat.audioSampleRate,
      fps: chat.videoFps,
      size: VIDEO_SIZE,
      assetsKeptMs: policy.uploadDays * DAY_MS,
    },
    clock,
    newId: randomUUID,
    logger,
  });

  const recognizer = createRecognizer(environment, media) ?? null;

  const retain = () =>
    service.removeExpired().catch((thrown: unknown) => {
      logger.warn({ error: toAppError(thrown).message }, "old outputs could not be removed");
    });
  await retain();
  const timer = setInterval(() => void retain(), RETENTION_EVERY_MS);
  timer.unref();

  return {
    ...{ service, language, voice, faces, persona, recognizer },
    async close() {
      clearInterval(timer);
      await service.close();
      await Promise.all([language.close(), voice.close(), animator.close(), faces.close()]);
      await Promise.all([voices?.close(), recognizer?.close()]);
      await media.close();
    },
  };
}

async function loadFaces(): Promise<LiveFaces> {
  const finder = createFaceFinder();
  const faces = createLiveFaces({ faces: finder });
  return {
    open: (request, call) => faces.open(request, call),
    memory: () => faces.memory(),
    async close() {
      await Promise.all([faces.close(), finder.close()]);
    },
  };
}

/** The persona's own voice, or the operator's for all. */
function withVoice(persona: Persona, { chat }: Environment): Persona {
  if (persona.voice || (chat.ttsProvider === null && chat.voice === null)) return persona;
  const provider = chat.ttsProvider ?? "espeak";
  return { ...persona, voice: { provider, ...(chat.voice !== null && { name: chat.voice }) } };
}

/** @throws AppError INVALID_OPTION for a provider that does not exist. */
function voiceOptionsOf({ voice, language }: Persona): CampaignOptions {
  const provider = campaignOptionsSchema.shape.ttsProvider.safeParse(voice?.provider);
  if (!provider.success || provider.data === "none" || provider.data === "command") {
    throw new AppError(
      "INVALID_OPTION",
      `the chat's voice has no provider ${JSON.stringify(voice?.provider)}: give espeak, gtts, elevenlabs, openai, xtts or sherpa (VOCATIVE_CHAT_TTS_PROVIDER, or voice in the persona)`,
    );
  }
  return campaignOptionsSchema.parse({
    ...{ ttsProvider: provider.data, lang: language, batchNameTts: false },
    ...(voice?.name !== undefined && { voice: voice.name }),
  });
}

function canClone({ ttsProvider }: CampaignOptions): boolean {
  return ttsProvider === "elevenlabs";
}

async function cloneOf(recording: ChatFile, { voice: _, ...options }: CampaignOptions) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(recording.path)) hash.update(chunk);
  const sample = { hash: hash.digest("hex"), file: async () => recording.path };
  return { options, apiKey: null, sample };
}

/** The embedded voice knows its languages; remote ones understand more than they tell. */
function languagesOf({ ttsProvider }: CampaignOptions, openVoices: () => Voices) {
  let known: Promise<ReadonlySet<string>> | null = null;
  return async ({ signal }: { signal: AbortSignal }): Promise<ReadonlySet<string> | null> => {
    const { embedded } = openVoices();
    if (ttsProvider !== "espeak" || !embedded.voices) return null;
    known ??= embedded.voices({ signal }).then((all) => {
      const tags = all.flatMap(({ languages }) => languages);
      return new Set(tags.map((tag) => tag.toLowerCase().split("-")[0] ?? tag));
    });
    return known.catch((thrown: unknown) => {
      known = null;
      throw thrown;
    });
  };
}
