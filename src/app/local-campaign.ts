import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { CampaignOptions } from "../campaign/campaign-options.ts";
import type { CampaignDependencies } from "../campaign/campaign-request.ts";
import type { Environment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import { createMediaEngine, type PooledMediaEngine } from "../media/media-engine.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import { createSheetReader } from "../sheets/sheet-reader.ts";
import { clearSpeechCache, createCachedSpeech } from "../speech/cache/cached-speech.ts";
import { createCommandSpeech } from "../speech/command/command.ts";
import { createEspeak } from "../speech/espeak/espeak.ts";
import { createRecordedSpeech } from "../speech/recordings/recorded-speech.ts";
import { createLexicon, readLexicon } from "../speech/text/lexicon.ts";
import { createVerifiedSpeech } from "../speech/verify/verified-speech.ts";
import { type Exported, exportFiles, exportZip } from "../storage/export-outputs.ts";
import { createOutputFolder, type OutputFolder } from "../storage/output-folder.ts";
import { partName, removeAbandoned } from "../storage/part-name.ts";

/** The composition root: the one file that knows every adapter. */

const NAME_CACHE_FOLDER = "name_audio_cache";

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

/** Opens a campaign's output folder, without what killed runs left half-written. */
export async function openOutputFolder(request: {
  folder: string;
  keep: "files" | "renditions";
}): Promise<OutputFolder> {
  const folder = await createOutputFolder(request);
  await folder.removePartFiles();
  return folder;
}

/** Where to write a file before it is moved to `out`; what killed runs left there is removed. */
export async function partFileBeside(out: string): Promise<string> {
  const folder = path.dirname(path.resolve(out));
  await removeAbandoned(folder, { foreign: false });
  return path.join(folder, partName());
}

/** Writes outputs that were kept as renditions out, as files or as one ZIP. */
export function exportOutputs(
  request: { folder: string; names?: readonly string[]; signal: AbortSignal },
  target: { outdir: string } | { zip: string },
): Promise<Exported> {
  return "zip" in target
    ? exportZip({ ...request, ...target })
    : exportFiles({ ...request, ...target });
}

export function createMedia(environment: Environment, workers?: number): PooledMediaEngine {
  const count = environment.mediaWorkers ?? workers;
  return createMediaEngine({
    ...(count === undefined ? {} : { workers: count }),
    memoryLimitBytes: environment.mediaMemoryBytes,
    limits: { seconds: environment.policy.maxDurationSeconds },
  });
}

export type VoiceSetup = {
  environment: Environment;
  media: PooledMediaEngine;
  options: CampaignOptions;
  /** Instead of the data folder's. */
  nameCacheDir: string | undefined;
  /** Speaks names of the embedded voice anew, in about 2 ms, instead of keeping 35 KB of each. */
  savesDisk?: boolean;
};

export type CampaignSetup = VoiceSetup & {
  /** File with spoken forms of words. */
  lexicon: string | undefined;
};

/** Everything a campaign needs, wired for its options. `close` ends the voice's child processes. */
export async function createCampaignDependencies(
  setup: CampaignSetup,
): Promise<CampaignDependencies & { close(): Promise<void> }> {
  const lexicon = createLexicon(setup.lexicon ? await readLexicon(setup.lexicon) : []);
  const speech = createVoice(setup);
  return {
    media: setup.media,
    speech,
    sheets: createSheetReader(),
    hashFile,
    respell: (text) => lexicon.apply(text),
    close: () => speech.close(),
  };
}

/** The voice that a campaign's options name, with its cache and checks. */
export function createVoice({
  environment,
  media,
  options,
  nameCacheDir,
  savesDisk = false,
}: VoiceSetup): SpeechModel {
  const folder = nameCacheDir ?? nameCacheFolder(environment);
  const decode = (file: string, signal: AbortSignal) => media.decodeAudio(file, { signal });
  switch (options.ttsProvider) {
    case "espeak":
      return savesDisk
        ? createVerifiedSpeech(createEspeak())
        : createCachedSpeech(createVerifiedSpeech(createEspeak()), { folder });
    case "command": {
      if (options.ttsCmd === undefined) {
        throw new AppError(
          "INVALID_OPTION",
          "--tts-provider command needs --tts-cmd, such as --tts-cmd 'say -o {out} {text}'",
        );
      }
      const command = createCommandSpeech({
        command: options.ttsCmd,
        decode,
        timeoutMs: environment.ttsTimeoutMs,
      });
      return createCachedSpeech(createVerifiedSpeech(command), { folder });
    }
    case "none":
      return createVerifiedSpeech(createRecordedSpeech({ folder: nameCacheDir, decode }));
    default:
      throw new AppError("OPTION_UNAVAILABLE", `${options.ttsProvider} is not built yet`);
  }
}

async function hashFile(file: string, { signal }: { signal: AbortSignal }): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20, signal })) {
      hash.update(chunk);
    }
  } catch (cause) {
    throw signal.aborted ? new AppError("CANCELLED", "cancelled", { cause }) : cause;
  }
  return hash.digest("hex");
}
