import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import type { CampaignOptions } from "../campaign/campaign-options.ts";
import type { CampaignDependencies } from "../campaign/campaign-request.ts";
import type { VoiceSample } from "../campaign/voice-choice.ts";
import type { Environment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import { createMediaEngine, type PooledMediaEngine } from "../media/media-engine.ts";
import { createSheetReader } from "../sheets/sheet-reader.ts";
import { writeNamesMaster } from "../speech/batch/names-master.ts";
import { createPatientSpeech } from "../speech/patient-speech.ts";
import { createLexicon, readLexicon } from "../speech/text/lexicon.ts";
import { type Exported, exportFiles, exportZip } from "../storage/export-outputs.ts";
import { createOutputFolder, type OutputFolder } from "../storage/output-folder.ts";
import { partName, removeAbandoned } from "../storage/part-name.ts";
import { createLipSyncs } from "./lip-syncs.ts";
import { createRecognizer } from "./recognizers.ts";
import { createVoices } from "./voices.ts";

/** The composition root of the command line. */

/** Writes clips one after another into a WAV file, with a list of their times beside it. */
export function writeClips(request: Parameters<typeof writeNamesMaster>[0]): Promise<void> {
  return writeNamesMaster(request);
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

export type CampaignSetup = {
  environment: Environment;
  media: PooledMediaEngine;
  options: CampaignOptions;
  /** The user's own key for the provider; null for the environment's. */
  apiKey: string | null;
  /** A recording of the speaker. */
  voiceSample: string | undefined;
  /** Instead of the data folder's. */
  nameCacheDir: string | undefined;
  /** File with spoken forms of words. */
  lexicon: string | undefined;
};

/**
 * Everything a campaign needs, wired for its options. `close` ends the voices' child processes.
 * @throws AppError INVALID_OPTION, OPTION_UNAVAILABLE, FILE_NOT_FOUND.
 */
export async function createCampaignDependencies(
  setup: CampaignSetup,
): Promise<CampaignDependencies & { close(): Promise<void> }> {
  const { environment, media, options, apiKey, voiceSample, nameCacheDir } = setup;
  const lexicon = createLexicon(setup.lexicon ? await readLexicon(setup.lexicon) : []);
  const sample = voiceSample === undefined ? null : await sampleAt(voiceSample);
  const voices = createVoices({
    environment,
    media,
    ...(nameCacheDir !== undefined && { nameCacheDir }),
  });
  const recognizer = createRecognizer(environment, media);
  const lipSyncs = createLipSyncs({ environment, media });
  return {
    media,
    // Nothing comes back later to what a provider asks to wait for.
    speech: createPatientSpeech(voices.get({ options, apiKey, sample })),
    reference: voices.embedded,
    lipSync: lipSyncs.get(options),
    ...(recognizer && { recognizer }),
    sheets: createSheetReader(),
    hashFile,
    respell: (text) => lexicon.apply(text),
    close: async () => {
      await Promise.all([voices.close(), lipSyncs.close(), recognizer?.close()]);
    },
  };
}

async function sampleAt(file: string): Promise<VoiceSample> {
  const hash = await hashFile(file, { signal: new AbortController().signal }).catch((cause) => {
    throw new AppError(
      "FILE_NOT_FOUND",
      `the voice sample ${file} cannot be read: check the path`,
      {
        cause,
      },
    );
  });
  return { hash, file: async () => file };
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
