import { availableParallelism } from "node:os";
import {
  type CampaignOptions,
  isLipSynced,
  type LipSyncProvider,
} from "../campaign/campaign-options.ts";
import type { LipSyncPolicy } from "../campaign/jobs/service-dependencies.ts";
import { chosenFace } from "../campaign/lip-sync-choice.ts";
import type { Environment } from "../config/environment.ts";
import { createRecent } from "../domain/recent.ts";
import { createGpuTurns } from "../face/engines/gpu-turns.ts";
import { createFaceFinder } from "../face/landmarks/face-finder.ts";
import { createFileLipSync } from "../face/lip-sync/file-lip-sync.ts";
import { createPictureLipSync } from "../face/lip-sync/picture-lip-sync.ts";
import { createStretchPool } from "../face/lip-sync/stretch-pool.ts";
import { createStretchStudies } from "../face/lip-sync/stretch-studies.ts";
import { modelKey, padsOf } from "../face/lip-sync/wav2lip-choice.ts";
import type { LipSync } from "../ports/lip-sync.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import { createFileEngine, missingEngines, notSetUp } from "./face-engines.ts";

/** Providers that are shared by campaigns which ask for the same. */
const AT_HAND = 16;
/** Raised whenever the same request would give other pictures. */
const MOUTH_VERSION = 2;

export type LipSyncs = {
  /**
   * What moves the mouths of a campaign, shared by all that ask for the same; null where it asks for none.
   * @throws AppError OPTION_UNAVAILABLE for a provider that is not set up, INVALID_OPTION.
   */
  get(options: CampaignOptions): LipSync | null;
  close(): Promise<void>;
};

/** The providers of lip-sync; child processes start with the first stretch. */
export function createLipSyncs({
  environment,
  media,
}: {
  environment: Environment;
  media: Pick<MediaEngine, "probe">;
}): LipSyncs {
  const { face, speech, mediaWorkers } = environment;
  const faces = createFaceFinder();
  const pool = createStretchPool(mediaWorkers ?? availableParallelism());
  const turns = createGpuTurns({ devices: face.gpus });
  const recent = createRecent<LipSync>(AT_HAND);

  function create(options: CampaignOptions): LipSync {
    const provider = options.lipSyncProvider as Exclude<LipSyncProvider, "none">; // seen to by get
    const at = chosenFace(options);
    const shared = { pool, studyOf: createStretchStudies({ pool, faces, at }) };
    const where = at ? ` at ${at.x},${at.y}` : "";
    if (provider === "mouth") {
      const cacheKey = `mouth ${MOUTH_VERSION}${where}`;
      return createPictureLipSync({ ...shared, provider, cacheKey, maker: { kind: "mouth" } });
    }
    if (provider === "sync_api" && speech.offline) {
      throw notSetUp(provider, "it is on the internet and VOCATIVE_OFFLINE is set: unset it");
    }
    const { onnx } = face.wav2lip;
    if (provider === "wav2lip" && onnx !== null && options.wav2lipRepo === undefined) {
      const pads = padsOf(options.wav2lipPads);
      const cacheKey = `${modelKey(onnx)} ${JSON.stringify(pads)}${where}`;
      const maker = { kind: "wav2lip" as const, model: onnx, pads };
      return createPictureLipSync({ ...shared, provider, cacheKey, maker });
    }
    const setup = { face, turns, probe: media.probe, choice: options };
    const engine = createFileEngine(provider, setup);
    return createFileLipSync({ ...shared, engine, where });
  }

  return {
    get(options) {
      if (!isLipSynced(options)) return null;
      const { lipSyncProvider, lipSyncFace, lipSyncCmd } = options;
      const { wav2lipRepo, wav2lipCheckpoint, wav2lipPython, wav2lipPads } = options;
      const wav2lip = [wav2lipRepo, wav2lipCheckpoint, wav2lipPython, wav2lipPads];
      const key = JSON.stringify([lipSyncProvider, lipSyncFace, lipSyncCmd, wav2lip]);
      return recent.get(key, () => create(options));
    },
    async close() {
      await Promise.all([pool.close(), faces.close()]);
    },
  };
}

/** Which providers of lip-sync can be used, and what is missing for the others. */
export function lipSyncPolicyOf({ face, speech }: Environment): LipSyncPolicy {
  const command = face.command === null && { command: "set VOCATIVE_LIPSYNC_COMMAND" };
  const wav2lipModel = face.wav2lip.onnx !== null;
  return {
    offline: speech.offline,
    wav2lipModel,
    missing: { ...missingEngines(face), ...command },
  };
}
