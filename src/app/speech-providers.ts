import { readFile } from "node:fs/promises";
import path from "node:path";
import type { CampaignOptions } from "../campaign/campaign-options.ts";
import type { VoiceChoice, VoiceSample } from "../campaign/voice-choice.ts";
import type { Environment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import { createVoiceClones, type VoiceClone } from "../speech/clone/voice-clones.ts";
import { createVoiceSample } from "../speech/clone/voice-sample.ts";
import { createCommandSpeech } from "../speech/command/command.ts";
import { createXttsCommand } from "../speech/command/xtts-command.ts";
import { createEspeak } from "../speech/espeak/espeak.ts";
import { createRecordedSpeech } from "../speech/recordings/recorded-speech.ts";
import { createElevenLabs } from "../speech/remote/elevenlabs.ts";
import { createElevenLabsVoices } from "../speech/remote/elevenlabs-voices.ts";
import { createGtts } from "../speech/remote/gtts.ts";
import { createOpenAiSpeech } from "../speech/remote/openai-speech.ts";
import { createXttsServer } from "../speech/remote/xtts-server.ts";
import { createSherpaSpeech } from "../speech/sherpa/sherpa-speech.ts";
import { createSoundDecoder } from "./decode-sound.ts";
import { requireProvider } from "./speech-policy.ts";

const VOICE_CACHE_FILE = "elevenlabs_voice_cache.json";

type Setup = {
  environment: Environment;
  media: MediaEngine;
  /** Where the provider `none` looks for recordings. */
  nameCacheDir: string | undefined;
};

/**
 * The bare adapter that a campaign's options name.
 * @throws AppError OPTION_UNAVAILABLE, INVALID_OPTION with what is missing.
 */
export function createProvider(choice: VoiceChoice, setup: Setup): SpeechModel {
  const { environment, media, nameCacheDir } = setup;
  const { options } = choice;
  const { speech, ttsTimeoutMs: timeoutMs } = environment;
  requireProvider(options.ttsProvider, speech);
  const readSound = createSoundDecoder(media);
  const readFileSound = (file: string, signal: AbortSignal) => media.decodeAudio(file, { signal });
  switch (options.ttsProvider) {
    case "espeak":
      return createEspeak();
    case "gtts":
      return createGtts({ decode: readSound, client: addressOf(speech.gtts.baseUrl) });
    case "elevenlabs":
      return createElevenLabsVoice(choice, environment, readSound);
    case "openai": {
      const { apiKey, baseUrl, model, voice } = given(speech.openai);
      return createOpenAiSpeech({
        baseUrl,
        model,
        ...(apiKey !== null && { apiKey }),
        ...(voice !== null && { voice }),
        decode: readSound,
      });
    }
    case "xtts": {
      if (speech.xttsServer) {
        const { baseUrl, kind, speaker } = speech.xttsServer;
        return createXttsServer({ baseUrl, kind, reference: speaker, decode: readSound });
      }
      const { program, speaker, acceptLicence } = given(speech.xttsCommand);
      return createXttsCommand({
        program,
        reference: speaker,
        acceptLicence,
        decode: readFileSound,
      });
    }
    case "sherpa": {
      const { models, speaker } = given(speech.sherpa);
      return createSherpaSpeech({
        models,
        ...(speaker && {
          reference: { path: speaker.file, text: speaker.text, decode: readFileSound },
        }),
      });
    }
    case "command":
      return createCommandSpeech({
        command: requireCommand(options),
        decode: readFileSound,
        timeoutMs,
      });
    case "none":
      return createRecordedSpeech({ folder: nameCacheDir, decode: readFileSound });
  }
}

function createElevenLabsVoice(
  { options, apiKey: ownKey, sample }: VoiceChoice,
  { dataDir, speech }: Environment,
  decode: Parameters<typeof createElevenLabs>[0]["decode"],
): SpeechModel {
  const { elevenlabs } = speech;
  const apiKey = ownKey ?? elevenlabs.apiKey;
  if (apiKey === null) {
    throw new AppError(
      "INVALID_OPTION",
      "ElevenLabs needs a key: set ELEVENLABS_API_KEY, or give elevenlabs_api_key (--elevenlabs-api-key)",
    );
  }
  const access = { apiKey, ...addressOf(elevenlabs.baseUrl) };
  const modelId = options.elevenlabsModelId ?? elevenlabs.modelId;
  const shared = {
    ...access,
    ...(modelId !== null && { modelId }),
    speed: options.elevenlabsSpeed,
    decode,
  };
  // A sample says whose voice it is to be; the operator's voice is for jobs without one.
  const id = options.elevenlabsVoiceId ?? options.voice ?? (sample ? null : elevenlabs.voiceId);
  if (id !== null) return createElevenLabs({ ...shared, voice: { id } });
  if (!sample) {
    throw new AppError(
      "INVALID_OPTION",
      "ElevenLabs needs a voice: give a recording of the speaker (--voice-sample) or the id of a voice (--elevenlabs-voice-id)",
    );
  }
  const account = createElevenLabsVoices(access);
  const clones = createVoiceClones({ ...account, file: path.join(dataDir, VOICE_CACHE_FILE) });
  const model = createElevenLabs({ ...shared, voice: { clone: cloneOf(sample, clones.of) } });
  return {
    ...model,
    async close() {
      clones.close();
      account.close();
      await model.close();
    },
  };
}

/** The clone of a sample that is read when it is first needed. */
function cloneOf(
  { hash, file }: VoiceSample,
  cloned: (sample: ReturnType<typeof createVoiceSample>) => VoiceClone,
): VoiceClone {
  let clone: VoiceClone | undefined;
  const read = async (signal: AbortSignal): Promise<VoiceClone> => {
    const fileName = await file({ signal });
    clone ??= cloned(createVoiceSample({ fileName, bytes: await readFile(fileName) }));
    return clone;
  };
  return {
    sampleHash: hash,
    voiceId: async (call) => (clone ?? (await read(call.signal))).voiceId(call),
    replace: async (gone, call) => (clone ?? (await read(call.signal))).replace(gone, call),
  };
}

function requireCommand({ ttsCmd }: CampaignOptions): string {
  if (ttsCmd !== undefined) return ttsCmd;
  throw new AppError(
    "INVALID_OPTION",
    "--tts-provider command needs --tts-cmd, such as --tts-cmd 'say -o {out} {text}'",
  );
}

/** What `requireProvider` has made sure of. */
function given<T>(setUp: T | null): T {
  if (setUp === null) throw new AppError("INTERNAL", "a provider of speech is not set up");
  return setUp;
}

function addressOf(baseUrl: string | null): { baseUrl?: string } {
  return baseUrl === null ? {} : { baseUrl };
}
