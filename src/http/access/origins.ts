import type { FastifyRequest } from "fastify";

/**
 * Decides whose web pages may call. A page of this server itself always may.
 * @param allowed Origins such as `http://localhost:3000`; `*` stands for all.
 */
export function createOrigins(allowed: readonly string[]): Origins {
  const origins = new Set(
    allowed.map((origin) => origin.trim().replace(/\/+$/u, "").toLowerCase()),
  );
  const allows = (origin: string) => origins.has("*") || origins.has(origin.toLowerCase());
  return {
    allows,
    isForeign(request) {
      const { origin } = request.headers;
      return origin !== undefined && !isOwn(origin, request.host) && !allows(origin);
    },
  };
}

export type Origins = {
  allows(origin: string): boolean;
  /** Whether a request comes from a page of somebody else; without an Origin header it does not. */
  isForeign(request: FastifyRequest): boolean;
};

function isOwn(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
