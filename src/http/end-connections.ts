import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * When the server closes, its connections are closed too: at once where nothing is answered, else
 * after the answer. Node alone would wait for those on which nothing was ever asked, which browsers
 * open in advance, and for those that were busy when it closed, until their clients tire.
 */
export function endConnections(app: FastifyInstance): void {
  /** Answers under way on every connection. */
  const open = new Map<Socket, number>();
  let isClosing = false;
  const count = (socket: Socket, change: number) => {
    const answers = (open.get(socket) ?? 0) + change;
    if (open.has(socket)) open.set(socket, answers);
    if (isClosing && answers === 0) socket.destroySoon();
  };
  app.server.on("connection", (socket) => {
    open.set(socket, 0);
    socket.once("close", () => open.delete(socket));
  });
  app.server.on("request", ({ socket }, response) => {
    count(socket, 1);
    response.once("close", () => count(socket, -1));
  });
  app.addHook("preClose", async () => {
    isClosing = true;
    for (const [socket, answers] of open) if (answers === 0) socket.destroy();
  });
}
