import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
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

test("a form with a file arrives as one, as from the global fetch", async (t) => {
  const bodies: { type: string; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    bodies.push({ type: request.headers["content-type"] ?? "", body });
    response.end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on a port
  const body = new FormData();
  body.set("model", "lipsync-2");
  body.set("video", new Blob([Uint8Array.of(1, 2, 3)], { type: "video/mp4" }), "face.mp4");
  const guarded = createGuardedFetch({ allow: [`127.0.0.1:${port}`] });
  await guarded(`http://127.0.0.1:${port}/`, { method: "POST", body });
  const [received] = bodies;
  const form = await new Response(new Uint8Array(received?.body ?? []), {
    headers: { "content-type": received?.type ?? "" },
  }).formData();
  assert.equal(form.get("model"), "lipsync-2");
  const video = form.get("video") as File; // a field with a file
  assert.deepEqual([video.name, video.type], ["face.mp4", "video/mp4"]);
  assert.deepEqual([...(await video.bytes())], [1, 2, 3]);
});
