import { writeFile } from "node:fs/promises";
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
import { createRunFolder, MADE_FILE, MADE_FOLDER } from "./run-folder.ts";

export type MuseTalkOptions = ProgramOptions & {
  /** The operator's checkout of MuseTalk with its weights in `models/`. */
  repo: string | null;
  /** `python3` when left out. */
  python?: string;
  probe: Probe;
};

const TASK_FILE = "task.yaml";
const WEIGHTS = "models/musetalkV15";

/**
 * MuseTalk 1.5 by its own `scripts.inference` (TMElyralab/MuseTalk). What to do stands in a YAML file;
 * its errors are printed, and it ends well all the same.
 * @throws AppError INVALID_OPTION.
 */
export function createMuseTalk(options: MuseTalkOptions): FileEngine {
  const { python = "python3", probe, needs = "gpu" } = options;
  const repo = requireEngineFile(options.repo, {
    option: "VOCATIVE_MUSETALK_REPO",
    when: "MuseTalk",
  });

  const engine: FileEngine = {
    name: "musetalk",
    needs,
    takes: ["video", "picture"],
    cacheKey: JSON.stringify(["musetalk", "v15", repo]),
    async run(job, { signal }) {
      requireInput(engine, job);
      const folder = await createRunFolder(job, { repo, folders: [MADE_FOLDER] });
      await writeFile(join(folder.path, TASK_FILE), taskFile(folder));
      await runEngineProgram({
        ...options,
        engine: "MuseTalk",
        words: [
          ...[programPath(python), "-m", "scripts.inference", "--inference_config", TASK_FILE],
          ...["--result_dir", MADE_FOLDER, "--version", "v15", "--fps", String(job.fps)],
          ...["--unet_model_path", `${WEIGHTS}/unet.pth`],
          ...["--unet_config", `${WEIGHTS}/musetalk.json`],
        ],
        folder: folder.path,
        log: folder.log,
        noFace: /no face|face not detected|could not find a face/iu,
        result: () => newestMovie(join(folder.path, MADE_FOLDER)),
        ...{ job, signal },
      });
      await checkMade({ engine: "MuseTalk", job, probe, signal });
    },
  };
  return engine;
}

/** Names of our own only: nothing in it needs escaping. */
function taskFile({ face, audio }: { face: string; audio: string }): string {
  return [
    "task_0:",
    `  video_path: "${face}"`,
    `  audio_path: "${audio}"`,
    `  result_name: "${MADE_FILE}"`,
    "",
  ].join("\n");
}
