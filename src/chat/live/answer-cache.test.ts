import assert from "node:assert/strict";
import test from "node:test";
import { createAnswerCache, type RecordedAnswer } from "./answer-cache.ts";

const answerOf = (bytes: number): RecordedAnswer => ({
  ...{ notes: [], said: [] },
  media: [{ kind: "fragment", bytes: new Uint8Array(bytes), start: 0, duration: 1, sampleRate: 0 }],
});

test("answers are kept within their bytes: what was not used for longest goes first", () => {
  const cache = createAnswerCache({ mostBytes: 1000, lifetimeMs: 1000, clock: () => 0 });
  for (const key of ["a", "b", "c", "d"]) cache.put(key, answerOf(250));
  cache.get("a");
  cache.put("e", answerOf(250));
  assert.equal(cache.get("b"), null);
  assert.ok(cache.get("a") && cache.get("e"));
  assert.equal(cache.size(), 1000);
  cache.put("huge", answerOf(251));
  assert.equal(cache.get("huge"), null);
});

test("an answer is forgotten after its lifetime, and replaced by a newer one", () => {
  let now = 0;
  const cache = createAnswerCache({ mostBytes: 1000, lifetimeMs: 1000, clock: () => now });
  cache.put("a", answerOf(100));
  cache.put("a", answerOf(50));
  assert.equal(cache.size(), 50);
  now = 1000;
  assert.equal(cache.get("a"), null);
  assert.equal(cache.size(), 0);
});

test("a question is frequent when it was wanted before", () => {
  const cache = createAnswerCache({ mostBytes: 1000, lifetimeMs: 1000, clock: () => 0 });
  assert.equal(cache.wanted("a"), false);
  assert.equal(cache.wanted("a"), true);
  for (let other = 0; other < 1000; other++) cache.wanted(`other ${other}`);
  assert.equal(cache.wanted("a"), false);
});
