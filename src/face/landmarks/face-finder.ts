import { AppError, toAppError } from "../../domain/app-error.ts";
import type { Face, Picture } from "../../domain/face.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import { createWorkerPool, type WorkerPool } from "../../workers/worker-pool.ts";

const DEADLINE_MS = 60_000;
const MEMORY_LIMIT_BYTES = 1024 * 2 ** 20;
/** A look takes a fraction of it; loading the models anew takes a second. */
const CANCEL_GRACE_MS = 1000;
/** A larger picture is refused before it is handed to a child process. */
const MAX_PIXELS = 50_000_000;
/** Of one side: a picture like a thread would be looked at for minutes. */
const MAX_SIDE = 20_000;

export type FaceFinderProcesses = FaceFinder & {
  /** Process ids of the living child processes. */
  pids(): number[];
};

/**
 * Finds faces offline with the models of `loadFaceModels`, in child processes (`pool` of them, 1
 * unless told) that start with the first picture. Faces may be turned in the picture and as small as
 * 64 pixels. The same picture always gives the same faces.
 * @param options.memoryLimitBytes A child that needs more is ended; 1 GB unless told.
 * @param options.deadlineMs For one picture; 60 s unless told.
 */
export function createFaceFinder(
  options: { pool?: number; memoryLimitBytes?: number; deadlineMs?: number } = {},
): FaceFinderProcesses {
  let pool: WorkerPool<Picture, Face[]> | undefined;
  let closed = false;

  function startedPool(): WorkerPool<Picture, Face[]> {
    if (closed) throw new AppError("FACE_FAILED", "the face finder has been closed");
    pool ??= createWorkerPool({
      name: "face worker",
      module: new URL("./face-finder-worker.ts", import.meta.url),
      size: options.pool ?? 1,
      memoryLimitBytes: options.memoryLimitBytes ?? MEMORY_LIMIT_BYTES,
      deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    });
    return pool;
  }

  return {
    pids: () => pool?.pids() ?? [],
    async find(picture, { signal }) {
      checkPicture(picture);
      try {
        return await startedPool().run(picture, { signal, cancelGraceMs: CANCEL_GRACE_MS });
      } catch (thrown) {
        throw asFaceError(thrown);
      }
    },
    async close() {
      closed = true;
      await pool?.close();
    },
  };
}

function checkPicture({ width, height, pixels }: Picture): void {
  const size = `${width} × ${height} pixels`;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new AppError("FACE_FAILED", `a picture of ${size} is none: give whole numbers above 0`);
  }
  if (width * height > MAX_PIXELS || Math.max(width, height) > MAX_SIDE) {
    const message = `the picture of ${size} is larger than ${MAX_PIXELS / 1e6} million pixels or ${MAX_SIDE} on a side: scale it down`;
    throw new AppError("MEDIA_TOO_LARGE", message);
  }
  if (pixels.length !== width * height * 3) {
    const message = `a picture of ${size} takes ${width * height * 3} bytes of RGB, not ${pixels.length}`;
    throw new AppError("FACE_FAILED", message);
  }
}

/** The pool's own failures in the words of the port. */
function asFaceError(thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (!/^(WORKER_|INTERNAL)/u.test(error.code)) return error;
  return new AppError("FACE_FAILED", error.message, { retryable: true, cause: error });
}
