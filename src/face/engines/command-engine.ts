import { createHash } from "node:crypto";
import { join } from "node:path";
import { createCommandTemplate } from "../../programs/command-template.ts";
import { checkMade, type Probe, requireInput } from "./check-made.ts";
import { fileIfThere, type ProgramOptions, runEngineProgram } from "./engine-program.ts";
import type { EngineInput, FileEngine } from "./file-engine.ts";

export type CommandEngineOptions = ProgramOptions & {
  /**
   * The operator's command line with `{face}`, `{audio}` and `{out}`, and `{fps}` if wanted, such as
   * `lipsync --video {face} --sound {audio} --to {out}`. It is run in the job's folder.
   */
  command: string;
  /** What it can start from; both when left out. */
  takes?: readonly EngineInput[];
  probe: Probe;
};

/**
 * Any program that makes an MP4 of a face and a WAV. It says "no face" (or "face not detected") and
 * fails where it finds none.
 * @throws AppError INVALID_OPTION for an unusable command line.
 */
export function createCommandEngine(options: CommandEngineOptions): FileEngine {
  const { command, takes = ["video", "picture"], probe, needs = "gpu" } = options;
  const argumentsFor = createCommandTemplate({
    command,
    what: "the lip-sync command",
    placeholders: ["face", "audio", "out", "fps"],
    required: [
      ["face", "the video or picture of the speaker"],
      ["audio", "the sound to be said"],
      ["out", "the path of the MP4 to write"],
    ],
    apart: ["face", "audio", "out"],
    advice: {
      example: "lipsync {face} {audio} {out}",
      value: "a path",
      passed: `sh -c 'lipsync "$1" "$2" "$3"' sh {face} {audio} {out}`,
    },
  });
  // A command line may hold a key.
  const commandHash = createHash("sha256").update(command).digest("hex");

  const engine: FileEngine = {
    name: "command",
    needs,
    takes,
    cacheKey: JSON.stringify(["command", commandHash]),
    async run(job, { signal }) {
      requireInput(engine, job);
      const { face, audio, out, fps } = job;
      await runEngineProgram({
        ...options,
        engine: "the lip-sync command",
        words: argumentsFor({ face, audio, out, fps: String(fps) }),
        folder: job.folder,
        log: join(job.folder, "log"),
        noFace: /no face|face not detected/iu,
        result: () => fileIfThere(out),
        ...{ job, signal },
      });
      await checkMade({ engine: "the lip-sync command", job, probe, signal });
    },
  };
  return engine;
}
