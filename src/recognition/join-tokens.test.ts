import assert from "node:assert/strict";
import { test } from "node:test";
import { joinParts } from "./join-parts.ts";
import { joinTokens } from "./join-tokens.ts";

const WHERE = { start: 10, length: 5, separate: false };

function words(
  text: string,
  tokens: string[],
  options: Partial<typeof WHERE> = {},
  durations: number[] = [],
) {
  const timestamps = tokens.map((_, index) => index * 0.5);
  const joined = joinTokens({ text, tokens, timestamps, durations }, { ...WHERE, ...options });
  return joined?.map(({ text: word, start, end }) => `${word} ${start}-${Number(end.toFixed(2))}`);
}

test("pieces are joined to words, each until its last piece ends or the next word begins", () => {
  const tokens = [" pri", "ya", "'s", " ca", "r"];
  assert.deepEqual(words("priya's car", tokens), ["priya's 10-11.4", "car 11.5-12.4"]);
  assert.deepEqual(words("priya's car", tokens, {}, [0.1, 0.1, 0.7, 0.1, 0.2]), [
    "priya's 10-11.5",
    "car 11.5-12.2",
  ]);
});

test("signs of scripts without spaces are words of their own, beside words that are not", () => {
  assert.deepEqual(words("你好 ok吗", ["你", "好", " ok", "吗"]), [
    "你 10-10.4",
    "好 10.5-10.9",
    "ok 11-11.4",
    "吗 11.5-11.9",
  ]);
});

test("whole words and pieces that go on are joined as Paraformer means them", () => {
  const separate = { separate: true };
  assert.deepEqual(words("hello world", ["hel@@", "lo", "world"], separate), [
    "hello 10-10.9",
    "world 11-11.4",
  ]);
});

test("single bytes of a letter are put together", () => {
  const bytes = [...Buffer.from("ä")].map((byte) => `<0x${byte.toString(16).toUpperCase()}>`);
  assert.deepEqual(words("bär", [" b", ...bytes, "r"]), ["bär 10-11.9"]);
});

test("without times, or with tokens that spell something else, there are no words", () => {
  assert.equal(
    joinTokens({ text: "a", tokens: ["a"], timestamps: [], durations: [] }, WHERE),
    undefined,
  );
  assert.equal(words("two", [" 2"]), undefined);
  assert.equal(words("", []), undefined);
});

test("no word ends behind its sound", () => {
  assert.deepEqual(words("a", [" a"], { length: 0.1 }), ["a 10-10.1"]);
});

test("parts become one text; words only when every part that holds text has them", () => {
  const word = { text: "a", start: 0, end: 1 };
  assert.deepEqual(
    joinParts([
      { text: " a\n", words: [word] },
      { text: " ", words: undefined },
      { text: "a", words: [word] },
    ]),
    { text: "a a", words: [word, word] },
  );
  assert.deepEqual(
    joinParts([
      { text: "你好。", words: undefined },
      { text: "吗", words: [word] },
    ]),
    {
      text: "你好。吗",
    },
  );
  assert.deepEqual(joinParts([]), { text: "", words: [] });
});
