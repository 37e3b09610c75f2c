import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import Fastify from "fastify";
import { endConnections } from "./end-connections.ts";

test("a server that closes ends connections that ask nothing, and others after their answer", async () => {
  const app = Fastify();
  endConnections(app);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  app.get("/slow", () => {
    asked.resolve();
    return answer.promise;
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo; // it listens on TCP
  const connection = async () => {
    const socket = connect(port, "127.0.0.1");
    await Promise.all([once(socket, "connect"), once(app.server, "connection")]);
    return { socket, said: text(socket) };
  };
  const silent = await connection();
  const busy = await connection();
  busy.socket.write("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  await asked.promise;
  const closed = app.close();
  assert.equal(await silent.said, "");
  answer.resolve("at last");
  assert.match(await busy.said, /^HTTP\/1\.1 200 .*at last$/s);
  await closed;
});
