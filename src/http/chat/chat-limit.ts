import type { FastifyInstance } from "fastify";
import type { Clock } from "../../ports/clock.ts";
import { createRateLimiter } from "../access/rate-limiter.ts";
import { tellBudget } from "../access/rate-limits.ts";
import { addressGroup } from "../access/this-machine.ts";

const PER_WINDOW = 100;
const WINDOW_MS = 60_000;

/**
 * At most 100 requests of one key, or of one address where there is none, in any 60 seconds, for the
 * routes of `app` below /api.
 */
export function limitChat(app: FastifyInstance, { clock }: { clock: Clock }): void {
  const limiter = createRateLimiter({ limit: PER_WINDOW, windowMs: WINDOW_MS, clock });
  app.addHook("onRequest", async (request, reply) => {
    if (!request.routeOptions.url?.startsWith("/api/")) return;
    const who = request.caller?.keyId ?? addressGroup(request.ip);
    tellBudget(reply, limiter.take(who), "requests");
  });
}
