import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../domain/app-error.ts";
import type { Clock } from "../../ports/clock.ts";
import { type Budget, createRateLimiter } from "./rate-limiter.ts";
import { isUpload, neededScope } from "./route-config.ts";
import { addressGroup, isDirectLoopback } from "./this-machine.ts";

const WINDOW_MS = 60_000;
const DEFAULT_PER_MINUTE = 6_000;
const FAILURES_PER_MINUTE = 100;

export type RateLimits = {
  /** Counts a request of an identified caller and tells it what is left. @throws AppError RATE_LIMITED. */
  count(request: FastifyRequest, reply: FastifyReply): void;
  /** Counts a failed authentication. @throws AppError RATE_LIMITED. */
  countFailure(request: FastifyRequest, reply: FastifyReply): void;
};

/**
 * Requests per minute of one key, or of one address where there is none. Uploads have a budget of
 * their own besides, a hundredth of it but at least 60 (never more than all).
 * @param options.perMinute Without it 6,000, and then direct callers on this machine are not limited.
 */
export function createRateLimits({
  perMinute,
  clock,
}: {
  perMinute: number | undefined;
  clock: Clock;
}): RateLimits {
  const limit = perMinute ?? DEFAULT_PER_MINUTE;
  const limiter = (most: number) => createRateLimiter({ limit: most, windowMs: WINDOW_MS, clock });
  const all = limiter(limit);
  const uploads = limiter(Math.max(Math.floor(limit / 100), Math.min(limit, 60)));
  const failures = limiter(FAILURES_PER_MINUTE);
  return {
    count(request, reply) {
      if (neededScope(request) === "public" && !request.is404) return;
      if (perMinute === undefined && isDirectLoopback(request)) return;
      const who = request.caller?.keyId ?? addressGroup(request.ip);
      tellBudget(reply, all.take(who), "requests");
      if (isUpload(request)) tellBudget(reply, uploads.take(who), "uploads");
    },
    countFailure(request, reply) {
      const budget = failures.take(addressGroup(request.ip));
      if (!budget.allowed) tellBudget(reply, budget, "failed authentications");
    },
  };
}

/**
 * Tells a client what is left, in header fields as in draft-ietf-httpapi-ratelimit-headers-06.
 * @throws AppError RATE_LIMITED when nothing was.
 */
export function tellBudget(reply: FastifyReply, budget: Budget, what: string): void {
  reply.headers({
    "ratelimit-limit": budget.limit,
    "ratelimit-remaining": budget.remaining,
    "ratelimit-reset": budget.resetSeconds,
  });
  if (budget.allowed) return;
  reply.header("retry-after", budget.resetSeconds);
  throw new AppError(
    "RATE_LIMITED",
    `more than ${budget.limit} ${what} in a minute: try again in ${budget.resetSeconds} seconds`,
    { retryable: true },
  );
}
