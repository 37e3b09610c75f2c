import type { CampaignOptions, LipSyncProvider } from "../campaign/campaign-options.ts";
import type { FaceEnvironment } from "../config/face-variables.ts";
import { AppError } from "../domain/app-error.ts";
import { createCommandEngine } from "../face/engines/command-engine.ts";
import type { FileEngine } from "../face/engines/file-engine.ts";
import type { GpuTurns } from "../face/engines/gpu-turns.ts";
import { createHttpEngine } from "../face/engines/http-engine.ts";
import { createLatentSync } from "../face/engines/latentsync.ts";
import { createMuseTalk } from "../face/engines/musetalk.ts";
import { createSadTalker } from "../face/engines/sadtalker.ts";
import { createSyncApi } from "../face/engines/sync-api.ts";
import { createWav2LipCommand } from "../face/engines/wav2lip-command.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import { createGuardedFetch } from "../security/guarded-fetch.ts";
import { hostAndPort } from "../security/outgoing.ts";

/** Engines that work on files. */
// biome-ignore format: one line reads best
export const FILE_ENGINES = ["wav2lip", "sync_api", "sadtalker", "musetalk", "latentsync", "command", "http"] as const;
export type FileEngineName = (typeof FILE_ENGINES)[number];

/** What is missing for engines that cannot be used, for the operator. */
export function missingEngines(
  face: FaceEnvironment,
): Partial<Record<LipSyncProvider | FileEngineName, string>> {
  const lacks: Record<Exclude<FileEngineName, "wav2lip" | "command">, [unknown, string]> = {
    sync_api: [face.sync, "set SYNC_API_KEY"],
    sadtalker: [face.sadtalker, "set VOCATIVE_SADTALKER_REPO"],
    musetalk: [face.musetalk, "set VOCATIVE_MUSETALK_REPO"],
    latentsync: [face.latentsync, "set VOCATIVE_LATENTSYNC_REPO and its checkpoint"],
    http: [face.url, "set VOCATIVE_LIPSYNC_URL"],
  };
  return Object.fromEntries(
    Object.entries(lacks).flatMap(([name, [set, remedy]]) =>
      set === null ? [[name, remedy]] : [],
    ),
  );
}

/** What a user may say of an engine on the command line, where the operator is the user. */
export type EngineChoice = Partial<
  Pick<
    CampaignOptions,
    "wav2lipRepo" | "wav2lipCheckpoint" | "wav2lipPython" | "wav2lipPads" | "lipSyncCmd"
  >
>;

/**
 * An engine as the operator has set it up.
 * @throws AppError OPTION_UNAVAILABLE with what is missing; INVALID_OPTION for paths that are not there.
 */
export function createFileEngine(
  name: FileEngineName,
  {
    face,
    turns,
    probe,
    choice,
  }: { face: FaceEnvironment; turns: GpuTurns; probe: MediaEngine["probe"]; choice: EngineChoice },
): FileEngine {
  const common = { turns, probe };
  const lacks = missingEngines(face)[name];
  if (lacks !== undefined) throw notSetUp(name, lacks);
  if (name === "wav2lip") {
    const { repo, checkpoint, python } = face.wav2lip;
    return createWav2LipCommand({
      ...common,
      repo: choice.wav2lipRepo ?? repo,
      checkpoint: choice.wav2lipCheckpoint ?? checkpoint,
      python: choice.wav2lipPython ?? python,
      ...(choice.wav2lipPads !== undefined && { pads: choice.wav2lipPads }),
    });
  }
  if (name === "sync_api" && face.sync) {
    const { baseUrl, ...sync } = face.sync;
    // Where a result lies is the service's word, and need not be trusted; a gateway of the operator's is.
    const allow = baseUrl === null ? [] : [hostAndPort(new URL(baseUrl))];
    const own = { ...sync, ...(baseUrl !== null && { baseUrl }) };
    return createSyncApi({ ...common, ...own, fetch: createGuardedFetch({ allow }) });
  }
  if (name === "sadtalker" && face.sadtalker) {
    return createSadTalker({ ...common, ...face.sadtalker });
  }
  if (name === "musetalk" && face.musetalk) return createMuseTalk({ ...common, ...face.musetalk });
  if (name === "latentsync" && face.latentsync) {
    return createLatentSync({ ...common, ...face.latentsync });
  }
  if (name === "http" && face.url !== null) return createHttpEngine({ ...common, url: face.url });
  const command = choice.lipSyncCmd ?? face.command;
  if (name !== "command" || command === null) {
    throw notSetUp(name, "set VOCATIVE_LIPSYNC_COMMAND or give --lip-sync-cmd");
  }
  return createCommandEngine({ ...common, command });
}

export function notSetUp(name: string, lacks: string): AppError {
  return new AppError(
    "OPTION_UNAVAILABLE",
    `the lip-sync provider ${name} is not set up: ${lacks}, or choose another one`,
  );
}
