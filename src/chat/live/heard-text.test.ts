import assert from "node:assert/strict";
import test from "node:test";
import { heardText } from "./heard-text.ts";

const FIRST = { text: "Good morning.", start: 0, end: 1, words: [] };
const SECOND = {
  text: "We open at nine.",
  ...{ start: 1, end: 3 },
  words: [
    { from: 0, to: 2, start: 1, end: 1.4 },
    { from: 3, to: 7, start: 1.4, end: 2 },
    { from: 8, to: 10, start: 2, end: 2.3 },
    { from: 11, to: 15, start: 2.3, end: 2.9 },
  ],
};

test("nothing was heard of an answer that has not begun", () => {
  assert.equal(heardText([FIRST, SECOND], 0), "");
});

test("a clause without times of its words counts only when it was heard to its end", () => {
  assert.equal(heardText([FIRST, SECOND], 0.6), "");
  assert.equal(heardText([FIRST, SECOND], 0.9), "Good morning.");
});

test("a clause is cut behind the last word that was heard", () => {
  assert.equal(heardText([FIRST, SECOND], 2.1), "Good morning. We open");
});

test("an answer that was heard to its end is whole", () => {
  assert.equal(heardText([FIRST, SECOND], 2.9), "Good morning. We open at nine.");
});
