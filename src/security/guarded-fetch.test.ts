import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createGuardedFetch } from "./guarded-fetch.ts";

test("only what is allowed of this machine and its networks is connected to, redirects included", async (t) => {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    if (request.url === "/away") {
      response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end();
    } else response.end("hello");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on a port
  const address = `http://127.0.0.1:${port}/`;
  await assert.rejects(createGuardedFetch({ allow: [] })(address));
  await assert.rejects(createGuardedFetch({ allow: [] })(`http://localhost:${port}/`));
  assert.equal(asked, 0);
  const allowed = createGuardedFetch({ allow: [`127.0.0.1:${port}`] });
  assert.equal(await (await allowed(address)).text(), "hello");
  const named = createGuardedFetch({ allow: [`localhost:${port}`] });
  await assert.rejects(named(`http://localhost:${port}/away`));
});
