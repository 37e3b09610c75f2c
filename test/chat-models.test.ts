import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createChatClient, MANY_CLIENTS } from "./support/chat-client.ts";
import { type Server, startServer } from "./support/start-server.ts";

/** The video chat with a language model of the operator's, on a real server. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-chat-models-"));

/** Speaks OpenAI's language: answers "Fine, thanks." at once, and to "wait" never to its end. */
const asked: { body: Record<string, unknown>; closed: Promise<unknown> }[] = [];
const arrivals = new EventTarget();
const language = http.createServer(async (request, response) => {
  const chunks = await request.toArray();
  const body = JSON.parse(Buffer.concat(chunks).toString());
  asked.push({ body, closed: once(response, "close") });
  const piece = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: "1", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(piece({ role: "assistant", content: "Fine, thanks." }, null));
  arrivals.dispatchEvent(new Event("asked"));
  if (JSON.stringify(body).includes("wait")) return;
  const usage = { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 };
  response.write(piece({}, "stop"));
  response.end(`data: ${JSON.stringify({ id: "1", choices: [], usage })}\n\ndata: [DONE]\n\n`);
});

let server: Server;
before(async () => {
  language.listen(0, "127.0.0.1");
  await once(language, "listening");
  const { port } = language.address() as AddressInfo; // it listens on a port
  const programs = path.join(folder, "programs");
  mkdirSync(programs);
  const report = "CUDA Version : 12.2\nProduct Name : Card\nFB Memory Usage\n Used : 1024 MiB\n";
  writeFileSync(
    path.join(programs, "nvidia-smi"),
    `#!/bin/sh\nprintf '${report.replaceAll("\n", "\\n")}'\n`,
  );
  chmodSync(path.join(programs, "nvidia-smi"), 0o755);
  writeFileSync(path.join(folder, "persona.json"), JSON.stringify({ system: "You are Asha." }));
  server = await startServer({
    folder,
    env: {
      VOCATIVE_CHAT_MODEL: "openai",
      VOCATIVE_OPENAI_CHAT_URL: `http://127.0.0.1:${port}/v1`,
      VOCATIVE_OPENAI_CHAT_MODEL: "small",
      VOCATIVE_PERSONA: path.join(folder, "persona.json"),
      VOCATIVE_WORKERS: "0",
      PATH: `${programs}:${process.env["PATH"]}`,
      ...MANY_CLIENTS,
    },
  });
});
after(async () => {
  await server.stop();
  language.closeAllConnections();
  language.close();
  rmSync(folder, { recursive: true });
});

test("the model is told the persona, the conversation and how to answer", async () => {
  const { body } = await createChatClient(server.url).post("/api/generate/text", {
    prompt: "How are you?",
    conversation_history: [
      { role: "user", parts: ["Hello"] },
      { role: "model", parts: ["Hi."] },
    ],
    max_tokens: 77,
    temperature: 1.5,
  });
  assert.deepEqual([body["text"], body["tokens_used"]], ["Fine, thanks.", 7]);
  const told = asked.at(-1)?.body ?? {};
  assert.deepEqual([told["model"], told["max_tokens"], told["temperature"]], ["small", 77, 1.5]);
  assert.deepEqual(told["messages"], [
    { role: "system", content: "You are Asha." },
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Hi." },
    { role: "user", content: "How are you?" },
  ]);
});

test("a client that goes away ends the work, and nothing is left of it", async () => {
  for (const route of ["/api/generate/text", "/api/generate/full"]) {
    const before = asked.length;
    const arrived = once(arrivals, "asked");
    const leave = new AbortController();
    const answer = fetch(server.url + route, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.9" },
      body: JSON.stringify({ prompt: "wait" }),
      signal: leave.signal,
    });
    answer.catch(() => {});
    await arrived;
    leave.abort();
    await assert.rejects(answer);
    // The model's connection ends with the client's.
    await asked[before]?.closed;
  }
  const made = readdirSync(folder, { recursive: true, encoding: "utf8" });
  assert.deepEqual(
    made.filter((name) => /\.(?:mp4|part)$/u.test(name)),
    [],
  );
});

test("a GPU is told as nvidia-smi tells it", async () => {
  const { body } = await createChatClient(server.url).get("/health");
  assert.deepEqual(
    [body["gpu_available"], body["gpu_info"]],
    [
      true,
      {
        ...{ device_name: "Card", cuda_version: "12.2" },
        ...{ memory_allocated: "1.00 GB", memory_reserved: "1.00 GB" },
      },
    ],
  );
  assert.equal((await createChatClient(server.url).get("/")).body["gpu_enabled"], true);
});

test("a model that cannot be loaded is said so, and everything else works", async () => {
  const second = await startServer({
    folder: path.join(folder, "second"),
    env: { VOCATIVE_FAQ_DIR: path.join(folder, "none"), VOCATIVE_WORKERS: "0", ...MANY_CLIENTS },
  });
  const client = createChatClient(second.url);
  for (const route of ["/api/generate/text", "/api/generate/full"]) {
    const { status, body } = await client.post(route, { prompt: "Hello?" });
    assert.deepEqual(
      [status, body["error"], body["detail"]],
      [500, "ModelLoadException", "the language model cannot be loaded: tell the operator"],
    );
  }
  assert.equal((await client.post("/api/generate/tts", { text: "It works." })).status, 200);
  await second.stop();
});
