import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import type { CampaignOptions } from "./campaign/campaign-options.ts";
import type { CampaignDependencies } from "./campaign/run-campaign.ts";
import type { Environment } from "./config/environment.ts";
import { AppError } from "./domain/app-error.ts";
import { createMediaEngine, type PooledMediaEngine } from "./media/media-engine.ts";
import type { SpeechModel } from "./ports/speech-model.ts";
import { createSheetReader } from "./sheets/sheet-reader.ts";
import { createCachedSpeech } from "./speech/cached-speech.ts";
import { createCommandSpeech } from "./speech/command.ts";
import { createEspeak } from "./speech/espeak.ts";
import { createLexicon, readLexicon } from "./speech/lexicon.ts";
import { createRecordedSpeech } from "./speech/none.ts";
import { createVerifiedSpeech } from "./speech/verified-speech.ts";

/** The composition root: the one file that knows every adapter. */

const NAME_CACHE_FOLDER = "name_audio_cache";

export function nameCacheFolder(environment: Environment): string {
  return path.join(environment.dataDir, NAME_CACHE_FOLDER);
}

export function createMedia(environment: Environment, workers?: number): PooledMediaEngine {
  const count = environment.mediaWorkers ?? workers;
  return createMediaEngine({
    ...(count === undefined ? {} : { workers: count }),
    memoryLimitBytes: environment.mediaMemoryBytes,
  });
}

export type CampaignSetup = {
  environment: Environment;
  media: PooledMediaEngine;
  options: CampaignOptions;
  /** Instead of the data folder's. */
  nameCacheDir: string | undefined;
  /** File with spoken forms of words. */
  lexicon: string | undefined;
};

/** Everything a campaign needs, wired for its options. `close` ends the voice's child processes. */
export async function createCampaignDependencies(
  setup: CampaignSetup,
): Promise<CampaignDependencies & { close(): Promise<void> }> {
  const lexicon = createLexicon(setup.lexicon ? await readLexicon(setup.lexicon) : []);
  const speech = createSpeech(setup);
  return {
    media: setup.media,
    speech,
    sheets: createSheetReader(),
    hashFile,
    respell: (text) => lexicon.apply(text),
    close: () => speech.close(),
  };
}

function createSpeech({ environment, media, options, nameCacheDir }: CampaignSetup): SpeechModel {
  const folder = nameCacheDir ?? nameCacheFolder(environment);
  const decode = (file: string, signal: AbortSignal) => media.decodeAudio(file, { signal });
  switch (options.ttsProvider) {
    case "espeak":
      return createCachedSpeech(createVerifiedSpeech(createEspeak()), { folder });
    case "command": {
      if (options.ttsCmd === undefined) {
        throw new AppError(
          "INVALID_OPTION",
          "--tts-provider command needs --tts-cmd, such as --tts-cmd 'say -o {out} {text}'",
        );
      }
      const command = createCommandSpeech({ command: options.ttsCmd, decode });
      return createCachedSpeech(createVerifiedSpeech(command), { folder });
    }
    case "none":
      return createVerifiedSpeech(createRecordedSpeech({ folder: nameCacheDir, decode }));
  }
}

async function hashFile(file: string, { signal }: { signal: AbortSignal }): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20, signal })) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}
