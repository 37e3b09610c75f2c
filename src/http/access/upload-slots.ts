import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../domain/app-error.ts";
import { isUpload } from "./route-config.ts";

const RETRY_AFTER_SECONDS = 5;

/**
 * At most `limit` requests send files at a time.
 * @returns what takes a slot for an upload until its request has ended.
 * @throws AppError OVERLOADED, from what is returned.
 */
export function createUploadSlots(
  limit: number,
): (request: FastifyRequest, reply: FastifyReply) => void {
  let taken = 0;
  return (request, reply) => {
    if (!isUpload(request)) return;
    if (taken >= limit) {
      reply.header("retry-after", RETRY_AFTER_SECONDS);
      throw new AppError(
        "OVERLOADED",
        `${limit} uploads are running, which is the limit: try again in ${RETRY_AFTER_SECONDS} seconds`,
        { retryable: true },
      );
    }
    taken += 1;
    // Comes once, after the answer as well as when the client is gone.
    reply.raw.once("close", () => {
      taken -= 1;
    });
  };
}
