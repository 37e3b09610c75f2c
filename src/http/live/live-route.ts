import websocket from "@fastify/websocket";
import type { FastifyInstance } from "fastify";
import type { LiveSessions } from "../../chat/live/live-sessions.ts";
import { CLOSE_CODES } from "../../chat/live/protocol.ts";
import { addressGroup } from "../access/this-machine.ts";
import { callerOf } from "../caller-of.ts";
import { LIVE_PATH } from "./is-live-upgrade.ts";
import { closeReason, type LiveSocket, OPEN } from "./live-socket.ts";

const PING_MS = 30_000;
/** A client that does not close in turn is cut off after this. */
const CLOSE_MS = 3_000;

export type LiveRouteOptions = {
  sessions: Pick<LiveSessions, "connect" | "limits" | "close">;
  /** Between two signs of life, ms; a client that gave none since the last is cut off. 30 s when left out. */
  pingMs?: number;
};

/** GET /api/live: a conversation over a WebSocket. The protocol is in docs/live-protocol.md. */
export async function registerLiveRoute(
  app: FastifyInstance,
  { sessions, pingMs = PING_MS }: LiveRouteOptions,
): Promise<void> {
  /** With those that gave a sign of life since they were asked. One timer serves all. */
  const sockets = new Map<LiveSocket, { isAlive: boolean }>();
  const heartbeat = setInterval(() => {
    for (const [socket, state] of sockets) {
      if (!state.isAlive) {
        socket.terminate();
        continue;
      }
      state.isAlive = false;
      socket.ping();
    }
  }, pingMs).unref();
  app.addHook("preClose", async () => {
    clearInterval(heartbeat);
    await sessions.close();
  });
  app.addHook("onClose", async () => {
    for (const socket of sockets.keys()) socket.terminate();
  });

  await app.register(websocket, {
    options: {
      // Media does not get smaller, and each compressor takes memory.
      perMessageDeflate: false,
      maxPayload: sessions.limits.messageBytes,
    },
    errorHandler(error: Error, socket: LiveSocket, request) {
      request.log.debug({ error: error.message }, "a live connection failed");
      socket.terminate();
    },
  });

  app.get(
    LIVE_PATH,
    // Every answer costs computing, and may cost money.
    { websocket: true, config: { scope: "write" } },
    (socket: LiveSocket, request) => {
      const { tenant, keyId } = callerOf(request);
      request.raw.socket.setNoDelay(true);
      const state = { isAlive: true };
      sockets.set(socket, state);
      const handler = sessions.connect(
        {
          send(frame) {
            if (socket.readyState === OPEN) {
              socket.send(frame, { binary: typeof frame !== "string" });
            }
          },
          buffered: () => socket.bufferedAmount,
          close(reason, message) {
            socket.close(CLOSE_CODES[reason], closeReason(message));
            setTimeout(() => socket.terminate(), CLOSE_MS).unref();
          },
        },
        {
          owner: JSON.stringify([tenant, keyId]),
          address: keyId ?? addressGroup(request.ip),
        },
      );
      socket.on("pong", () => {
        state.isAlive = true;
      });
      socket.on("message", (data, isBinary) => {
        state.isAlive = true;
        if (isBinary) handler.binary(data);
        else handler.text(data.toString("utf8"));
      });
      socket.on("close", () => {
        sockets.delete(socket);
        handler.closed();
      });
    },
  );
}
