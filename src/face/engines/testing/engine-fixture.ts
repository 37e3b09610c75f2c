import { existsSync, readFileSync, watch } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { probe as probeFile } from "../../../media/probe.ts";
import { createPlanes, type Yuv420 } from "../../portrait/planes.ts";
import type { Probe } from "../check-made.ts";
import type { EngineJob } from "../file-engine.ts";
import { pngFile } from "../png-file.ts";
import { writeStretchFiles } from "../stretch-files.ts";

const PROGRAM = fileURLToPath(new URL("./stand-in-program.ts", import.meta.url));
const SAMPLE_RATE = 24_000;

export const never = new AbortController().signal;
export const probe: Probe = async (path) => probeFile(path);

export type MovieShape = { count?: number; width?: number; height?: number; fps?: number };

/** Pictures that tell their number by how bright they are: 40 and 4 more each time. */
export function numberedPictures({ count = 20, width = 64, height = 48 }: MovieShape): Yuv420[] {
  return Array.from({ length: count }, (_, index) => {
    const planes = createPlanes(width, height);
    planes.y.fill(40 + 4 * index);
    return planes;
  });
}

/** A folder of its own with the files of a job in it: 20 pictures at 25 a second, 0.8 s of silence. */
export async function makeJob(
  root: string,
  { fps = 25, ...shape }: MovieShape & { picture?: boolean } = {},
): Promise<EngineJob> {
  const folder = await mkdtemp(join(root, "job-"));
  const pictures = numberedPictures(shape);
  const frameSeconds = 1 / fps;
  const seconds = pictures.length * frameSeconds;
  const audio = {
    samples: new Float32Array(Math.round(seconds * SAMPLE_RATE)),
    sampleRate: SAMPLE_RATE,
  };
  const files = await writeStretchFiles({ pictures, frameSeconds, audio, folder });
  const job: EngineJob = {
    ...{ folder, face: files.face, audio: files.audio, out: join(folder, "result.mp4") },
    ...{ seconds, fps, speech: { start: 0.2, end: 0.6 } },
  };
  if (!shape.picture) return job;
  await rm(files.face);
  const { width = 64, height = 48 } = shape;
  const face = join(folder, "face.png");
  const pixels = new Uint8Array(3 * width * height).fill(120);
  await writeFile(face, pngFile({ width, height, pixels }));
  return { ...job, face };
}

/** A movie such as an engine might leave. */
export async function makeMovie(root: string, { fps = 25, ...shape }: MovieShape) {
  const folder = await mkdtemp(join(root, "movie-"));
  const audio = { samples: new Float32Array(SAMPLE_RATE), sampleRate: SAMPLE_RATE };
  const pictures = numberedPictures(shape);
  const { face } = await writeStretchFiles({ pictures, frameSeconds: 1 / fps, audio, folder });
  return face;
}

export type StandInCall = {
  words: string[];
  folder: string;
  entries: string[];
  devices: string | null;
  config: string | null;
  soundBytes: number[] | null;
  pids?: number[];
};

export type StandInProgram = {
  /** Path of the program. */
  path: string;
  /** How it was called. */
  call(): StandInCall;
  /** The processes of one that hangs, as soon as they run. */
  pids(): Promise<number[]>;
};

/** A program in place of an engine's Python, in a folder whose name needs quoting. */
export async function standInProgram(
  root: string,
  { behaviour, movie = "" }: { behaviour: string; movie?: string },
): Promise<StandInProgram> {
  const folder = join(await mkdtemp(join(root, "programs-")), `пайтон d'été "3"`);
  await mkdir(folder);
  const [path, record] = [join(folder, "my python"), join(folder, "call.json")];
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = [
    "#!/bin/sh",
    `export STAND_IN_BEHAVIOUR=${quoted(behaviour)} STAND_IN_RECORD=${quoted(record)} STAND_IN_MOVIE=${quoted(movie)}`,
    `exec ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"`,
  ];
  await writeFile(path, lines.join("\n"));
  await chmod(path, 0o755);
  const call = () => JSON.parse(readFileSync(record, "utf8")) as StandInCall; // what it writes
  return {
    path,
    call,
    pids: () =>
      new Promise((resolve) => {
        const look = () => {
          const pids =
            existsSync(record) && readFileSync(record, "utf8").match(/"pids":\[([\d,]+)\]/);
          if (!pids) return;
          watcher.close();
          resolve((pids[1] ?? "").split(",").map(Number));
        };
        const watcher = watch(dirname(record), look);
        look();
      }),
  };
}

/** A checkout as an engine has it, in a folder with a name that needs quoting. */
export async function makeRepo(root: string, files: readonly string[]): Promise<string> {
  const repo = join(await mkdtemp(join(root, "repos-")), `唇 sync's "repo"`);
  for (const file of files) {
    await mkdir(dirname(join(repo, file)), { recursive: true });
    await writeFile(join(repo, file), "x");
  }
  return repo;
}
