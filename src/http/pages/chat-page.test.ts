import assert from "node:assert/strict";
import test from "node:test";
import { createRouteApp } from "../testing/route-app.ts";
import { addChatPage } from "./chat-page.ts";

test("the page and everything it names are served under a strict policy", async () => {
  const app = createRouteApp();
  await addChatPage(app);
  const page = await app.inject("/chat");
  assert.equal(page.statusCode, 200);
  assert.match(String(page.headers["content-type"]), /^text\/html/u);
  const policy = String(page.headers["content-security-policy"]);
  assert.match(policy, /default-src 'none'; script-src 'self';/u);
  assert.doesNotMatch(policy, /unsafe|\*/u);
  assert.doesNotMatch(page.body, /<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=/u);
  const named = [...page.body.matchAll(/(?:src|href)="(chat\/[^"]+)"/gu)].map(([, file]) => file);
  assert.deepEqual(named, ["chat/chat.css", "chat/chat.js"]);
  const waiting = [...named];
  const seen = new Set<string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const answer = await app.inject(`/${file}`);
    assert.equal(answer.statusCode, 200, file);
    assert.match(String(answer.headers["content-type"]), /^text\/(?:javascript|css)/u);
    // What is imported, and the worklet that is loaded later.
    for (const [, name] of answer.body.matchAll(/"\.\/([\w-]+\.js)"/gu))
      waiting.push(`chat/${name}`);
  }
  assert.ok(seen.has("chat/microphone-worklet.js"));
});

test("nothing else of the folder is served", async () => {
  const app = createRouteApp();
  await addChatPage(app);
  for (const url of ["/chat/chat-page.ts", "/chat/..%2fserver.ts", "/chat/"]) {
    assert.equal((await app.inject(url)).statusCode, 404, url);
  }
});
