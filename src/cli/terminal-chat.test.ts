import assert from "node:assert/strict";
import test from "node:test";
import { createTerminalChat } from "./terminal-chat.ts";

function start() {
  const written = { out: "", err: "", idle: 0, sent: [] as Record<string, unknown>[] };
  const chat = createTerminalChat({
    send: (message) => written.sent.push(JSON.parse(message)),
    stdout: {
      write(text) {
        written.out += text;
      },
    },
    stderr: {
      write(text) {
        written.err += text;
      },
    },
    onIdle: () => {
      written.idle += 1;
    },
  });
  const receive = (message: object) => chat.receive(JSON.stringify({ v: 1, ...message }));
  return { chat, written, receive };
}

test("an answer is shown as it is written, with its sources, and confirmed", () => {
  const { chat, written, receive } = start();
  chat.open();
  receive({ type: "opened", name: "Asha", token: "secret" });
  chat.ask("when?");
  receive({ type: "answer", epoch: 1, seq: 1 });
  receive({ type: "text", epoch: 1, seq: 2, text: "At " });
  receive({ type: "text", epoch: 1, seq: 3, text: "nine." });
  const sources = [{ title: "Rules", file: "rules.md", section: "Opening" }];
  receive({ type: "answered", epoch: 1, seq: 4, sources });
  assert.equal(written.out, "Asha: At nine.\n  (Rules, Opening: rules.md)\n");
  assert.equal(written.idle, 2);
  assert.deepEqual(
    written.sent.map(({ type, seq }) => `${type} ${seq ?? ""}`.trim()),
    ["open", "ask", "played 2", "played 3"],
  );
});

test("only an answer that is being written can be interrupted", () => {
  const { chat, written, receive } = start();
  assert.equal(chat.interrupt(), false);
  chat.ask("when?");
  receive({ type: "answer", epoch: 7, seq: 1 });
  assert.equal(chat.interrupt(), true);
  assert.deepEqual(written.sent.at(-1), { v: 1, type: "interrupt", epoch: 7, at: 0 });
  receive({ type: "interrupted", epoch: 7, seq: 2, heard: "" });
  assert.equal(chat.interrupt(), false);
});

test("a failed answer is told on standard error, and the next question may come", () => {
  const { chat, written, receive } = start();
  chat.ask("when?");
  receive({ type: "error", epoch: 1, seq: 1, message: "the provider is down: ask again" });
  assert.equal(written.err, "Error: the provider is down: ask again\n");
  assert.equal(written.idle, 1);
});

test("an answer cannot command the terminal, and unknown messages are left out", () => {
  const { written, receive } = start();
  receive({ type: "text", epoch: 1, seq: 1, text: "\u001b[2Jred\u0007\n" });
  receive({ type: "said", epoch: 1, seq: 2 });
  assert.equal(written.out, "[2Jred\n");
});
