import assert from "node:assert/strict";
import { test } from "node:test";
import { conversationOf, historySchema } from "./conversation-history.ts";

test("both shapes of a history make the same conversation", () => {
  const gemini = [
    { role: "user", parts: ["Hello", "there"] },
    { role: "model", parts: [{ text: "Hi." }] },
  ];
  const openai = [
    { role: "user", content: "Hello\nthere" },
    { role: "assistant", content: " Hi. " },
  ];
  const expected = [
    { role: "user", text: "Hello\nthere" },
    { role: "assistant", text: "Hi." },
    { role: "user", text: "And now?" },
  ];
  for (const history of [gemini, openai, [gemini[0], openai[1]]]) {
    assert.deepEqual(conversationOf(historySchema.parse(history), "And now?"), expected);
  }
});

test("a long history is told from its end, and begins with the user", () => {
  const history = Array.from({ length: 101 }, (_, i) => ({
    role: i % 2 === 0 ? ("user" as const) : ("assistant" as const),
    content: String(i),
  }));
  const told = conversationOf(history, "now");
  assert.deepEqual(told[0], { role: "user", text: "62" });
  assert.equal(told.length, 40);
});

test("other roles and shapes are refused", () => {
  for (const item of [
    { role: "system", content: "x" },
    { role: "model", content: "x" },
    { role: "user" },
    { role: "user", parts: [] },
    { role: "user", parts: [1] },
    "x",
  ]) {
    assert.equal(historySchema.safeParse([item]).success, false, JSON.stringify(item));
  }
});
