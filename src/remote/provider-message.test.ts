import assert from "node:assert/strict";
import { test } from "node:test";
import { messageIn, oneLine, withoutSecrets } from "./provider-message.ts";

const BODIES: [unknown, string][] = [
  [{ error: { message: "a", code: null } }, "a"],
  [{ error: "b" }, "b"],
  [{ detail: { status: "x", message: "c" } }, "c"],
  [{ detail: "d" }, "d"],
  [{ detail: [{ loc: ["body"], msg: "e" }, { msg: "f" }] }, "e; f"],
  [{ message: "g" }, "g"],
  [{ other: 1 }, '{"other":1}'],
  [7, "7"],
];
for (const [body, message] of BODIES) {
  test(`the reason in ${JSON.stringify(body)} is ${message}`, () => {
    assert.equal(messageIn(JSON.stringify(body)), message);
  });
}

test("a page is its title, any other text itself, and nothing is nothing", () => {
  assert.equal(messageIn(" <!doctype html><TITLE lang=en>Bad\nGateway</TITLE><p>"), "Bad\nGateway");
  assert.equal(messageIn("<p>page</p>"), "");
  assert.equal(messageIn("{ not JSON"), "{ not JSON");
  assert.equal(messageIn(""), "");
});

test("a message is one line of 200 characters at most, and no character is cut in two", () => {
  assert.equal(oneLine(" a\r\n\tb\u0000\u001b[31mc "), "a b [31mc");
  const long = oneLine("😀".repeat(300));
  assert.equal(long, `${"😀".repeat(200)}…`);
});

test("the values of headers are taken out, whole and without their scheme", () => {
  const clean = withoutSecrets({
    Authorization: "Bearer sk-0123",
    "xi-api-key": "abcd$&efgh",
    "Content-Type": "application/json",
    "x-empty": "",
    "x-short": "abc",
  });
  assert.equal(
    clean("key sk-0123, Bearer sk-0123, abcd$&efgh, application/json, abc"),
    "key [secret], [secret], [secret], application/json, abc",
  );
});
