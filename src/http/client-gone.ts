import type { FastifyReply } from "fastify";
import { AppError } from "../domain/app-error.ts";

/** Aborts, with AppError CANCELLED, when the client hangs up before it has its whole answer. */
export function clientGone({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!raw.writableFinished) {
      controller.abort(new AppError("CANCELLED", "the client hung up before it was answered"));
    }
  };
  if (raw.destroyed) abort();
  else raw.once("close", abort);
  return controller.signal;
}
