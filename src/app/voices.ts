import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { CampaignOptions, SpeechProvider } from "../campaign/campaign-options.ts";
import type { VoiceChoice, VoiceSample } from "../campaign/voice-choice.ts";
import type { Environment } from "../config/environment.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import { createBatchedSpeech } from "../speech/batch/batched-speech.ts";
import { clearSpeechCache, createCachedSpeech } from "../speech/cache/cached-speech.ts";
import { createCarrierSpeech } from "../speech/carrier/carrier-speech.ts";
import { createEspeak } from "../speech/espeak/espeak.ts";
import { createFallbackSpeech } from "../speech/fallback-speech.ts";
import { createVerifiedSpeech } from "../speech/verify/verified-speech.ts";
import { removeAbandoned } from "../storage/part-name.ts";
import { createProvider } from "./speech-providers.ts";

const NAME_CACHE_FOLDER = "name_audio_cache";
/** A request to these costs time or money, so that many names share one. */
const REMOTE: readonly SpeechProvider[] = ["gtts", "elevenlabs", "openai", "xtts"];
const NAMES_AT_ONCE = 8;
/** Clients' keys and samples make voices of their own. */
const VOICES_AT_HAND = 100;

export type Voices = {
  /** The voice of a campaign, with its cache and checks. Nobody closes it: it is shared. */
  get(choice: VoiceChoice): SpeechModel;
  /** The embedded voice, as it is. */
  embedded: SpeechModel;
  /** Ends all child processes and connections. */
  close(): Promise<void>;
};

export type VoicesOptions = {
  environment: Environment;
  media: MediaEngine;
  /** Where clips are kept, and recordings looked for, instead of the data folder. */
  nameCacheDir?: string;
  /** Speaks names of the embedded voice anew, in about 2 ms, instead of keeping 35 KB of each. */
  savesDisk?: boolean;
};

/** All voices that campaigns ask for; one for all that ask for the same. */
export function createVoices({
  environment,
  media,
  nameCacheDir,
  savesDisk = false,
}: VoicesOptions): Voices {
  const folder = nameCacheDir ?? nameCacheFolder(environment);
  const embedded = createEspeak();
  const made = new Map<string, SpeechModel>();
  /** The last place each voice sample was at: an earlier upload may be gone. */
  const samples = new Map<string, VoiceSample["file"]>();

  function latest(sample: VoiceSample): VoiceSample {
    return { ...sample, file: (options) => (samples.get(sample.hash) ?? sample.file)(options) };
  }

  function build(choice: VoiceChoice): SpeechModel {
    const { ttsProvider } = choice.options;
    if (ttsProvider === "espeak") return withCarrier(embedded, choice.options, !savesDisk);
    const provider = createProvider(choice, { environment, media, nameCacheDir });
    // Recordings are what they are, and are kept already.
    if (ttsProvider === "none") return createVerifiedSpeech(provider, { cutEdges: "warn" });
    const voice = withCarrier(provider, choice.options, true);
    if (ttsProvider !== "gtts") return voice;
    return createFallbackSpeech({
      first: voice,
      second: withCarrier(embedded, choice.options, !savesDisk),
    });
  }

  /** A bare model with what the options ask for, its checks and a cache around it. */
  function withCarrier(model: SpeechModel, options: CampaignOptions, keepsClips: boolean) {
    const { carrier, ttsProvider } = options;
    const speaking =
      carrier !== undefined
        ? createCarrierSpeech(model, { carrier, reference: embedded })
        : model !== embedded && options.batchNameTts && REMOTE.includes(ttsProvider)
          ? inBatches(model, options)
          : model;
    const verified = createVerifiedSpeech(speaking);
    return keepsClips ? createCachedSpeech(verified, { folder }) : verified;
  }

  function inBatches(model: SpeechModel, options: CampaignOptions): SpeechModel {
    return createBatchedSpeech(model, {
      reference: embedded,
      settings: {
        size: NAMES_AT_ONCE,
        hint: options.batchGapHint,
        silenceDb: options.batchSplitSilenceDb,
        silenceSeconds: options.batchSplitSilenceDur,
      },
    });
  }

  return {
    get({ sample, ...choice }) {
      if (sample) samples.set(sample.hash, sample.file);
      const key = identityOf({ ...choice, sample });
      const voice = made.get(key) ?? build({ ...choice, sample: sample && latest(sample) });
      made.delete(key);
      made.set(key, voice);
      // Whoever uses a voice keeps it; those with processes are the operator's, and few.
      for (const oldest of made.keys()) if (made.size > VOICES_AT_HAND) made.delete(oldest);
      return voice;
    },
    embedded,
    close: async () => {
      await Promise.all([embedded, ...made.values()].map((voice) => voice.close()));
    },
  };
}

/** Equal for choices that one voice can serve. */
function identityOf({ options, apiKey, sample }: VoiceChoice): string {
  const { ttsProvider, ttsCmd, carrier, elevenlabsVoiceId, elevenlabsModelId } = options;
  const { elevenlabsSpeed, batchNameTts, batchGapHint } = options;
  const batches = [batchNameTts, batchGapHint, options.batchSplitSilenceDb];
  const account = apiKey && createHash("sha256").update(apiKey).digest("hex");
  return JSON.stringify([
    ...[ttsProvider, ttsCmd, carrier, elevenlabsVoiceId, elevenlabsModelId, elevenlabsSpeed],
    ...[batches, options.batchSplitSilenceDur, account, sample?.hash],
  ]);
}

function nameCacheFolder(environment: Environment): string {
  return path.join(environment.dataDir, NAME_CACHE_FOLDER);
}

/** Removes all spoken names; from the data folder's cache when no other `folder` is given. */
export function clearNameCache(environment: Environment, folder?: string) {
  return clearSpeechCache(folder ?? nameCacheFolder(environment));
}

/** Removes what killed runs left half-written among the spoken names, once it is an hour old. */
export async function removeAbandonedClips(environment: Environment): Promise<void> {
  const folder = nameCacheFolder(environment);
  for (const shard of await readdir(folder).catch(() => [])) {
    await removeAbandoned(path.join(folder, shard), { foreign: true });
  }
}
