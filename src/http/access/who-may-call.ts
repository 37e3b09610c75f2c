import type { FastifyRequest } from "fastify";
import { AppError } from "../../domain/app-error.ts";
import { type Caller, DEFAULT_TENANT, SCOPES } from "../../domain/caller.ts";
import type { KeyStore } from "../../ports/key-store.ts";
import { hashApiKey } from "../../security/api-keys.ts";
import type { KnownKeys } from "./known-keys.ts";
import type { Origins } from "./origins.ts";
import { bringsSignature, neededScope } from "./route-config.ts";
import { isDirectLoopback, isExpectedHost } from "./this-machine.ts";

/**
 * Who is served: whoever has a key, everybody (the operator opened the service), or, while no key
 * exists, only this machine.
 */
export type AccessMode = "keys" | "open" | "this-machine";

export async function accessMode(
  keys: Pick<KeyStore, "any">,
  { open }: { open: boolean },
): Promise<AccessMode> {
  if (open) return "open";
  return (await keys.any()) ? "keys" : "this-machine";
}

/** What the server prints when it starts. */
export function describeAccess(mode: AccessMode): string {
  switch (mode) {
    case "keys":
      return "only requests with an API key are served";
    case "open":
      return "everybody who can reach this server may use it (VOCATIVE_OPEN=true)";
    case "this-machine":
      return `no API key exists: only direct requests from this machine are served; ${REMEDY}`;
  }
}

const REMEDY =
  "make a key with `vocative keys create`, or set VOCATIVE_OPEN=true to serve everybody";
const HOW_TO_SEND = "send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`";

/** Callers without a key, who are known by where they call from alone. */
const KEYLESS: Caller = { tenant: DEFAULT_TENANT, scopes: SCOPES, keyId: null };

type Access = {
  keys: KnownKeys;
  open: boolean;
  allowedHosts: readonly string[];
  origins: Origins;
};

/**
 * Who calls; null when the request needs nobody (public routes, signed links).
 * @throws AppError UNAUTHORIZED, FORBIDDEN.
 */
export async function identify(request: FastifyRequest, access: Access): Promise<Caller | null> {
  const needed = neededScope(request);
  if (needed === "public" || bringsSignature(request)) return null;
  const caller = await callerFor(request, access);
  if (!caller.scopes.includes(needed) && !caller.scopes.includes("admin")) {
    throw new AppError(
      "FORBIDDEN",
      `this API key may ${caller.scopes.join(", ") || "do nothing"}, and this request needs ${needed}: use a key with the scope ${needed}`,
    );
  }
  return caller;
}

async function callerFor(request: FastifyRequest, access: Access): Promise<Caller> {
  const secret = sentKey(request);
  const key = secret === null ? null : await access.keys.find(hashApiKey(secret));
  if (key) return { tenant: key.tenant, scopes: key.scopes, keyId: key.id };
  if (access.open) return KEYLESS;
  if (isOwnCaller(request, access)) {
    const free = request.routeOptions.config.freeOnThisMachine === true;
    if (free || !(await access.keys.any())) return KEYLESS;
  }
  if (secret !== null) {
    throw new AppError("UNAUTHORIZED", `the API key is not valid: check it, and ${HOW_TO_SEND}`);
  }
  throw (await access.keys.any())
    ? new AppError("UNAUTHORIZED", `an API key is needed: ${HOW_TO_SEND}`)
    : new AppError(
        "UNAUTHORIZED",
        `no API key exists, so only direct requests from this machine are served: ${REMEDY}`,
      );
}

/** This machine's own user, and no web page that somebody else wrote. */
function isOwnCaller(request: FastifyRequest, { allowedHosts, origins }: Access): boolean {
  return (
    isDirectLoopback(request) &&
    isExpectedHost(request.host, allowedHosts) &&
    !origins.isForeign(request)
  );
}

function sentKey({ headers }: FastifyRequest): string | null {
  const own = headers["x-api-key"];
  if (typeof own === "string" && own !== "") return own.trim();
  const bearer = /^Bearer\s+(\S+)\s*$/iu.exec(headers.authorization ?? "")?.[1];
  // The one header of a WebSocket that a browser lets its pages choose.
  const offered = headers["sec-websocket-protocol"]?.split(",") ?? [];
  const named = offered.map((one) => /^\s*vocative-key\.(\S+)\s*$/u.exec(one)?.[1]);
  return bearer ?? named.find((one) => one !== undefined) ?? null;
}
