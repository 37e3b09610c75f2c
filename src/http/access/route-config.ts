import type { FastifyRequest } from "fastify";
import type { Scope } from "../../domain/caller.ts";

/** What a route says about itself in its `config`, besides its `scope` (see caller-of.ts). */
declare module "fastify" {
  interface FastifyContextConfig {
    /** Served without a key, too, to direct callers on this machine. */
    freeOnThisMachine?: boolean;
  }
}

/** The one route that also takes a link's signature instead of a key, and verifies it itself. */
const SIGNED_ROUTE = "/jobs/:job_id/recipients/:row/media";
/** Routes that other packages make: they have no config of ours. */
const PUBLIC_ROUTES = /^\/(?:docs|redoc|openapi\.json)(?:\/|$)/u;

/**
 * What a request's caller must be allowed; `public` when nothing. A route that does not say needs
 * `read` for GET and HEAD and `write` for all else. A path without a route tells nobody anything.
 */
export function neededScope(request: FastifyRequest): Scope | "public" {
  const { config, url } = request.routeOptions;
  if (request.is404 || request.method === "OPTIONS") return "public";
  if (config.scope !== undefined) return config.scope;
  if (url !== undefined && PUBLIC_ROUTES.test(url)) return "public";
  return isRead(request) ? "read" : "write";
}

/** Whether a request brings a signature that its route will verify. */
export function bringsSignature(request: FastifyRequest): boolean {
  const { query, routeOptions } = request;
  if (routeOptions.url !== SIGNED_ROUTE || !isRead(request)) return false;
  return typeof query === "object" && query !== null && Object.hasOwn(query, "signature");
}

export function isRead({ method }: FastifyRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** Whether a request sends files. */
export function isUpload({ headers }: FastifyRequest): boolean {
  return /^multipart\/form-data\b/iu.test(headers["content-type"] ?? "");
}
