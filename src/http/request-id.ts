import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What may stand in a log line and in a header as it is. */
const SANE_ID = /^[\w.-]{8,128}$/u;

/** The id that a request goes by: the caller's `X-Request-Id` if it is a sane one, else a new UUID. */
export function requestIdOf({ headers }: Pick<IncomingMessage, "headers">): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && SANE_ID.test(given) ? given : randomUUID();
}
