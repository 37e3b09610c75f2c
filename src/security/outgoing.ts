import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector, request } from "undici";
import { AppError } from "../domain/app-error.ts";
import type { Outgoing } from "../ports/outgoing.ts";
import { isForbiddenAddress } from "./forbidden-addresses.ts";

const LONGEST_URL = 2048;
/** Of an answer so much is read, that the connection ends in order; the rest is left. */
const MOST_ANSWER_BYTES = 64 * 1024;

/**
 * Sends requests to the public internet only: the address that is really connected to is checked,
 * whatever it was written as or its name resolved to.
 * @param options.allow `host:port` that may be called all the same.
 * @param options.timeoutMs For the whole of one request.
 * @param options.lookup Resolves names; the system's when left out.
 */
export function createOutgoing({
  allow,
  timeoutMs,
  lookup = systemLookup,
}: {
  allow: readonly string[];
  timeoutMs: number;
  lookup?: LookupFunction;
}): Outgoing & { close(): Promise<void> } {
  const allowed = new Set(allow.map((one) => one.trim().toLowerCase()));
  const agent = new Agent({
    connect: guardedConnector({ allowed, timeoutMs, lookup }),
    maxResponseSize: MOST_ANSWER_BYTES,
  });

  function check(url: string): void {
    const parsed = parseUrl(url);
    if (allowed.has(hostAndPort(parsed))) return;
    const host = unbracketed(parsed.hostname);
    const isLocalName = /^(?:.*\.)?localhost\.?$/u.test(host);
    if (isLocalName || (isIP(host) !== 0 && isForbiddenAddress(host))) throw notPublic(host);
  }

  return {
    check,

    async post(url, { headers, body, signal }) {
      check(url);
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const answer = await request(url, {
          ...{ method: "POST", headers, body },
          ...{ dispatcher: agent, signal: bounded },
        });
        await answer.body.dump({ limit: MOST_ANSWER_BYTES, signal: bounded }).catch(() => {
          // The status is what counts, and it is known.
        });
        return { status: answer.statusCode };
      } catch (cause) {
        throw failure(cause, { url, signal, timeoutMs });
      }
    },

    close: () => agent.destroy(),
  };
}

/** Connects like undici's own connector, to permitted addresses only. */
export function guardedConnector({
  allowed,
  timeoutMs,
  lookup,
}: {
  allowed: ReadonlySet<string>;
  timeoutMs: number;
  lookup: LookupFunction;
}): buildConnector.connector {
  const base = { timeout: timeoutMs, allowH2: false };
  const free = buildConnector({ ...base, lookup });
  const guarded = buildConnector({ ...base, lookup: publicLookup(lookup) });
  return (target, callback) => {
    const host = unbracketed(target.hostname);
    const port = target.port || (target.protocol === "https:" ? "443" : "80");
    if (allowed.has(`${target.hostname}:${port}`.toLowerCase())) return free(target, callback);
    // A literal address is connected to without any lookup.
    if (isIP(host) !== 0 && isForbiddenAddress(host)) return callback(notPublic(host), null);
    guarded(target, (error, socket) => {
      if (error) return callback(error, null);
      const { remoteAddress } = socket;
      if (remoteAddress !== undefined && !isForbiddenAddress(remoteAddress)) {
        return callback(null, socket);
      }
      socket.destroy();
      callback(notPublic(host), null);
    });
  };
}

/** Resolves a name, and refuses it when any of its addresses is not public. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, "");
      const addresses = typeof found === "string" ? [{ address: found, family: 0 }] : found;
      const [first] = addresses;
      if (!first || addresses.some(({ address }) => isForbiddenAddress(address))) {
        return callback(notPublic(hostname), "");
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function parseUrl(url: string): URL {
  const parsed = url.length > LONGEST_URL ? null : URL.parse(url);
  if (!parsed) {
    throw notAllowed(`it is no URL of at most ${LONGEST_URL} characters; give https://host/path`);
  }
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    throw notAllowed(`it begins with ${parsed.protocol}; give https://host/path`);
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw notAllowed("it holds a user name or password; give it without");
  }
  return parsed;
}

function notPublic(host: string): AppError {
  return notAllowed(
    `${host} is not on the public internet; the operator can permit it in VOCATIVE_OUTGOING_ALLOW`,
  );
}

function notAllowed(why: string): AppError {
  return new AppError("URL_NOT_ALLOWED", `the URL is not allowed: ${why}`);
}

function failure(
  cause: unknown,
  { url, signal, timeoutMs }: { url: string; signal: AbortSignal; timeoutMs: number },
): AppError {
  if (cause instanceof AppError) return cause;
  if (signal.aborted) return new AppError("CANCELLED", "cancelled", { cause });
  const { host } = new URL(url);
  const why =
    cause instanceof Error && cause.name === "TimeoutError"
      ? `it did not answer within ${timeoutMs} ms`
      : `the connection failed (${cause instanceof Error ? cause.message : String(cause)})`;
  return new AppError("OUTGOING_FAILED", `${host} was not reached: ${why}`, {
    retryable: true,
    cause,
  });
}

/** `host:port`, the port always named. */
/** `host:port` of an address, also where its port is the usual one. */
export function hostAndPort({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/u, "$1");
}
