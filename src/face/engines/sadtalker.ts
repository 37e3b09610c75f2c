import { join } from "node:path";
import { checkMade, type Probe, requireInput } from "./check-made.ts";
import { requireEngineFile } from "./engine-files.ts";
import {
  newestMovie,
  type ProgramOptions,
  programPath,
  runEngineProgram,
} from "./engine-program.ts";
import type { FileEngine } from "./file-engine.ts";
import { createRunFolder, MADE_FOLDER } from "./run-folder.ts";

export type SadTalkerOptions = ProgramOptions & {
  /** The operator's checkout of SadTalker, and the folder of its weights (`checkpoints` in it when null). */
  repo: string | null;
  checkpoints: string | null;
  /** `python3` when left out. */
  python?: string;
  /** Of the face as it is rendered, pixels; 256 when left out. */
  size?: 256 | 512;
  /** 0..45, how the head moves; 0 when left out. */
  poseStyle?: number;
  /** What mends faces afterwards; nothing when left out. */
  enhancer?: "gfpgan" | "RestoreFormer";
  probe: Probe;
};

const WHEN = "SadTalker";

/**
 * SadTalker by its own `inference.py` (OpenTalker/SadTalker): a picture moves its head and speaks, at
 * 25 frames a second. It names its result by the time, and ends well where it finds no face.
 * @throws AppError INVALID_OPTION.
 */
export function createSadTalker(options: SadTalkerOptions): FileEngine {
  const { python = "python3", size = 256, poseStyle = 0, enhancer, probe } = options;
  const { needs = "gpu" } = options;
  const repo = requireEngineFile(options.repo, { option: "VOCATIVE_SADTALKER_REPO", when: WHEN });
  const checkpoints = requireEngineFile(options.checkpoints ?? join(repo, "checkpoints"), {
    option: "VOCATIVE_SADTALKER_CHECKPOINTS",
    when: WHEN,
  });
  const shaping = ["--size", String(size), "--pose_style", String(poseStyle)];
  if (enhancer) shaping.push("--enhancer", enhancer);

  const engine: FileEngine = {
    name: "sadtalker",
    needs,
    takes: ["picture"],
    cacheKey: JSON.stringify(["sadtalker", repo, checkpoints, shaping]),
    async run(job, { signal }) {
      requireInput(engine, job);
      const folder = await createRunFolder(job, { repo, folders: [MADE_FOLDER] });
      await runEngineProgram({
        ...options,
        engine: "SadTalker",
        words: [
          ...[programPath(python), "inference.py"],
          ...["--driven_audio", folder.audio, "--source_image", folder.face],
          ...["--checkpoint_dir", checkpoints, "--result_dir", MADE_FOLDER],
          // The whole picture comes back, with little movement of the head, so that it fits the rest.
          ...["--preprocess", "full", "--still", ...shaping],
          ...(needs === "cpu" ? ["--cpu"] : []),
        ],
        folder: folder.path,
        log: folder.log,
        noFace: /can'?t get the coeffs|can ?not detect the landmark|no face is detected/iu,
        result: () => newestMovie(join(folder.path, MADE_FOLDER)),
        ...{ job, signal },
      });
      await checkMade({ engine: "SadTalker", job, probe, signal });
    },
  };
  return engine;
}
