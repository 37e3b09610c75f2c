import type { IncomingMessage } from "node:http";

/** How long the rest of a refused body is read for the sake of its sender. */
export const DRAIN_MS = 10_000;

/**
 * Reads and forgets what is left of a request that was answered early: a client that is cut off
 * while it sends does not see its answer. One that goes on for `ms` is cut off.
 */
export function drainRest(request: IncomingMessage, ms: number): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), ms);
  timer.unref();
  const stop = () => clearTimeout(timer);
  request.once("end", stop).once("close", stop).on("error", stop);
  request.unpipe();
  request.resume();
}
