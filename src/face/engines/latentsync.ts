import { join } from "node:path";
import { checkMade, type Probe, requireInput } from "./check-made.ts";
import { fileKey, requireEngineFile } from "./engine-files.ts";
import {
  fileIfThere,
  type ProgramOptions,
  programPath,
  runEngineProgram,
} from "./engine-program.ts";
import type { FileEngine } from "./file-engine.ts";
import { createRunFolder, MADE_FILE } from "./run-folder.ts";

export type LatentSyncOptions = ProgramOptions & {
  /** The operator's checkout of LatentSync, and the weights of its U-Net. */
  repo: string | null;
  checkpoint: string | null;
  /** `python3` when left out. */
  python?: string;
  /** The U-Net's configuration below the checkout; that of version 1.6 when left out. */
  config?: string;
  /** Steps of diffusion; 20 when left out. */
  steps?: number;
  /** How closely the mouth follows the sound, 1..3; 1.5 when left out. */
  guidance?: number;
  probe: Probe;
};

const WHEN = "LatentSync";

/**
 * LatentSync by its own `scripts.inference` (bytedance/LatentSync): a video comes back at 25 frames a
 * second, whatever it had.
 * @throws AppError INVALID_OPTION.
 */
export function createLatentSync(options: LatentSyncOptions): FileEngine {
  const { python = "python3", config = "configs/unet/stage2_512.yaml", probe } = options;
  const { steps = 20, guidance = 1.5, needs = "gpu" } = options;
  const repo = requireEngineFile(options.repo, { option: "VOCATIVE_LATENTSYNC_REPO", when: WHEN });
  const checkpoint = requireEngineFile(options.checkpoint, {
    option: "VOCATIVE_LATENTSYNC_CHECKPOINT",
    when: WHEN,
  });
  const shaping = ["--unet_config_path", config, "--inference_steps", String(steps)];
  shaping.push("--guidance_scale", String(guidance));

  const engine: FileEngine = {
    name: "latentsync",
    needs,
    takes: ["video"],
    cacheKey: JSON.stringify(["latentsync", repo, fileKey(checkpoint), shaping]),
    async run(job, { signal }) {
      requireInput(engine, job);
      const folder = await createRunFolder(job, { repo, folders: ["temp"] });
      await runEngineProgram({
        ...options,
        engine: "LatentSync",
        words: [
          ...[programPath(python), "-m", "scripts.inference", ...shaping],
          ...["--inference_ckpt_path", checkpoint],
          ...["--video_path", folder.face, "--audio_path", folder.audio],
          ...["--video_out_path", MADE_FILE],
        ],
        folder: folder.path,
        log: folder.log,
        noFace: /face not detected|no face/iu,
        result: () => fileIfThere(join(folder.path, MADE_FILE)),
        ...{ job, signal },
      });
      await checkMade({ engine: "LatentSync", job, probe, signal });
    },
  };
  return engine;
}
