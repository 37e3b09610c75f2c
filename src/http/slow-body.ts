import { PassThrough, type Readable } from "node:stream";
import { AppError } from "../domain/app-error.ts";

/** How slowly the body of an upload may come. */
export type UploadPace = {
  /** Bytes a second, averaged over each window. */
  minBytesPerSecond: number;
  windowMs: number;
};

export const UPLOAD_PACE: UploadPace = { minBytesPerSecond: 1000, windowMs: 30_000 };
/** How long the body of any other request may take. */
export const BODY_DEADLINE_MS = 30_000;

/** What is known of a request while its body comes. */
export type ArrivingBody = {
  complete: boolean;
  /** Bytes that have come and were not read yet. */
  readableLength: number;
  socket: { bytesRead: number };
};

/**
 * Watches an upload arrive. Time in which it waits for this side to read is not held against it.
 * @param onSlow Called once, with AppError UPLOAD_TOO_SLOW.
 * @returns what ends the watch.
 */
export function watchPace(
  request: ArrivingBody,
  pace: UploadPace,
  onSlow: (error: AppError) => void,
): () => void {
  const least = (pace.minBytesPerSecond * pace.windowMs) / 1000;
  let before = request.socket.bytesRead;
  const timer = setInterval(() => {
    const { bytesRead } = request.socket;
    const arrived = bytesRead - before;
    before = bytesRead;
    if (request.complete) clearInterval(timer);
    else if (arrived < least && request.readableLength === 0) {
      clearInterval(timer);
      onSlow(tooSlow(`less than ${pace.minBytesPerSecond} bytes a second`));
    }
  }, pace.windowMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** `body`, which fails with AppError UPLOAD_TOO_SLOW unless it has come within `ms`. */
export function withDeadline(body: Readable, ms: number): Readable {
  const passed = new PassThrough();
  const timer = setTimeout(() => passed.destroy(tooSlow(`longer than ${ms} ms`)), ms);
  timer.unref();
  passed.once("close", () => clearTimeout(timer));
  // Nobody reads, or listens to, the body of a request that is refused for its head.
  passed.on("error", () => {});
  body.once("error", (error) => passed.destroy(error));
  // Not `pipeline`, which would close the connection with the body and lose the answer.
  return body.pipe(passed);
}

function tooSlow(measure: string): AppError {
  return new AppError(
    "UPLOAD_TOO_SLOW",
    `the request's body came too slowly (${measure}): send it again over a faster line`,
  );
}
