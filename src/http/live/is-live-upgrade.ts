import type { IncomingMessage } from "node:http";

export const LIVE_PATH = "/api/live";

/**
 * Whether a request may become a WebSocket. Any other that offers to become something else is answered
 * as if it had not: clients offer HTTP/2 that way.
 */
export function isLiveUpgrade({ url = "", headers }: IncomingMessage): boolean {
  const [path] = url.split("?");
  return path === LIVE_PATH && headers.upgrade?.toLowerCase() === "websocket";
}
