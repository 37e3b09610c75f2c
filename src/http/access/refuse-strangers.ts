import type { FastifyRequest } from "fastify";
import { AppError } from "../../domain/app-error.ts";
import type { Origins } from "./origins.ts";
import { isRead, neededScope } from "./route-config.ts";
import { isDirectLoopback, isExpectedHost } from "./this-machine.ts";

/**
 * A web page can make a browser call a server on the reader's own machine, under a name of its own
 * that leads here. Such requests are told by their Host header.
 * @param rule.listed The operator named the hosts: no other is served at all.
 * @param rule.onlyThisMachine Nobody else is served; the page would see even public routes.
 * @throws AppError HOST_NOT_ALLOWED.
 */
export function refuseStrangeHost(
  request: FastifyRequest,
  rule: { allowedHosts: readonly string[]; onlyThisMachine: boolean },
): void {
  if (isExpectedHost(request.host, rule.allowedHosts)) return;
  const isPageHere =
    rule.onlyThisMachine && neededScope(request) === "public" && isDirectLoopback(request);
  if (rule.allowedHosts.length === 0 && !isPageHere) return;
  throw new AppError(
    "HOST_NOT_ALLOWED",
    `this server does not answer to the host "${request.host}": call it by a name it knows, or add the name to VOCATIVE_ALLOWED_HOSTS`,
  );
}

/**
 * Pages of others may not change anything, and may not talk: browsers let them open a WebSocket anywhere.
 * @throws AppError FORBIDDEN.
 */
export function refuseForeignWrite(request: FastifyRequest, origins: Origins): void {
  const isHarmless = (isRead(request) && !isUpgrade(request)) || request.method === "OPTIONS";
  if (isHarmless || !origins.isForeign(request)) return;
  throw new AppError(
    "FORBIDDEN",
    `pages of ${request.headers.origin} may not call this server: add that origin to VIDX_ALLOWED_ORIGINS`,
  );
}

function isUpgrade({ headers }: FastifyRequest): boolean {
  return headers.upgrade !== undefined;
}
