import { lstat, open } from "node:fs/promises";
import { extname } from "node:path";
import { AppError, toAppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import { pictureSize } from "../../media/picture-size.ts";
import type { MediaEngine, VideoInfo } from "../../ports/media-engine.ts";
import type { EngineInput, EngineJob, FileEngine } from "./file-engine.ts";

/** Reads a video's headers in a process of its own. */
export type Probe = MediaEngine["probe"];

/** So many pictures may be missing at the end: engines round a sound's length to pictures. */
export const MISSING_PICTURES = 2;
/** How much the sides' ratio may differ: some engines cut or pad to a multiple of 2 or 16. */
const RATIO_TOLERANCE = 0.03;
const PNG_HEADER_BYTES = 4096;

export type MadeCheck = {
  /** The engine as people know it, for messages. */
  engine: string;
  job: EngineJob;
  probe: Probe;
  signal: AbortSignal;
};

/** What is said of a result that ends too early. */
export function cutOff(made: number, count: number): AppError {
  return new AppError(
    "FACE_FAILED",
    `the engine made ${made} of ${count} pictures: its result was cut off, look for a full disk or too little memory`,
  );
}

/** @throws AppError INVALID_OPTION when an engine does not take what a job has. */
export function requireInput(
  { name, takes }: Pick<FileEngine, "name" | "takes">,
  { face }: EngineJob,
): EngineInput {
  const input = extname(face) === ".mp4" ? "video" : "picture";
  if (takes.includes(input)) return input;
  throw new AppError(
    "INVALID_OPTION",
    `${name} starts from a ${takes.join(" or a ")}, not from a ${input}: choose another provider`,
  );
}

/**
 * Looks at what an engine has left: engines end without a word when half of it is missing. A result
 * longer than the job is fine, whoever reads it stops in time; so is another size of the same shape.
 * @throws AppError FACE_FAILED, CANCELLED.
 */
export async function checkMade({ engine, job, probe, signal }: MadeCheck): Promise<void> {
  const failed = (problem: string, cause?: unknown) =>
    new AppError("FACE_FAILED", `${engine} ${problem}`, { cause });
  const file = await lstat(job.out).catch(() => null);
  if (!file?.isFile() || file.size === 0) {
    const left = file?.isFile() ? "left an empty file" : "left no video";
    throw failed(`${left}: run it by hand with the same kind of files to see why`);
  }
  const info = async (path: string, what: string): Promise<VideoInfo & { seconds: number }> => {
    try {
      const { video, duration } = await probe(path, { signal });
      if (!video) throw failed(`left a file without pictures as ${what}`);
      const { frames, frameRate } = video;
      const seconds = frames !== undefined && frameRate > 0 ? frames / frameRate : duration;
      return { ...video, seconds };
    } catch (thrown) {
      checkSignal(signal);
      const error = toAppError(thrown);
      if (error.code === "FACE_FAILED") throw error;
      throw failed(`left ${what} that cannot be read: ${error.message}`, thrown);
    }
  };
  const made = await info(job.out, "a video");
  const wanted = extname(job.face) === ".mp4" ? job.fps : made.frameRate;
  const slack = MISSING_PICTURES / Math.max(1, Math.min(wanted, made.frameRate));
  if (made.seconds < job.seconds - slack - 0.001) {
    throw failed(
      `made ${made.seconds.toFixed(2)} s of ${job.seconds.toFixed(2)} s: its result was cut off, look for a full disk or too little memory`,
    );
  }
  const face = extname(job.face) === ".mp4" ? await info(job.face, "an input") : await sizeOf(job);
  if (!face || face.width === 0 || face.height === 0) return;
  const ratio = made.width / made.height / (face.width / face.height);
  if (Math.abs(ratio - 1) <= RATIO_TOLERANCE) return;
  throw failed(
    `made a picture of ${made.width}×${made.height} pixels from one of ${face.width}×${face.height}: set it to keep the whole picture`,
  );
}

async function sizeOf({ face }: EngineJob): Promise<{ width: number; height: number } | null> {
  await using file = await open(face);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(PNG_HEADER_BYTES));
  return pictureSize(buffer.subarray(0, bytesRead)) ?? null;
}
