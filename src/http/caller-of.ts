import type { FastifyRequest } from "fastify";
import { AppError } from "../domain/app-error.ts";
import type { Caller, Scope } from "../domain/caller.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls, noted by the access plugin; null on public routes and for signed links. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** What the caller of a route must be allowed; everyone may call a public one. */
    scope?: Scope | "public";
  }
}

/** Who calls. @throws AppError UNAUTHORIZED when nobody found that out. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) {
    throw new AppError(
      "UNAUTHORIZED",
      "this request needs an API key: send Authorization: Bearer KEY or X-API-Key: KEY",
    );
  }
  return caller;
}
