import assert from "node:assert/strict";
import { test } from "node:test";
import { splitCommand as split } from "./split-command.ts";

const splitCommand = (command: string) => split(command, "the speech command");

test("spaces separate arguments, and quotes keep them together", () => {
  assert.deepEqual(splitCommand(`  say  --to "my file.wav"\t'{text}' a"b c"d'e f' `), [
    "say",
    "--to",
    "my file.wav",
    "{text}",
    "ab cde f",
  ]);
});

test("empty quotes are an empty argument", () => {
  assert.deepEqual(splitCommand(`say "" ''`), ["say", "", ""]);
});

test("a backslash keeps the character after it, but in single quotes it is itself", () => {
  assert.deepEqual(splitCommand(String.raw`say a\ b \" "\"\\" '\n' "C:\new\t.exe"`), [
    "say",
    "a b",
    '"',
    '"\\',
    "\\n",
    "C:\\new\\t.exe",
  ]);
});

test("what a shell would expand or run is kept as it is", () => {
  assert.deepEqual(splitCommand("say $HOME *.wav `id` $(id) > x; rm | y && z"), [
    "say",
    "$HOME",
    "*.wav",
    "`id`",
    "$(id)",
    ">",
    "x;",
    "rm",
    "|",
    "y",
    "&&",
    "z",
  ]);
});

test("a command that cannot be split is refused with the reason", () => {
  for (const [command, message] of [
    [`say "a`, /has a " that is not closed/],
    [`say 'a\\'b'`, /has a ' that is not closed/],
    ["say \\", /ends in a backslash/],
    ["   ", /names no program/],
    [`"" {text}`, /names no program/],
  ] as const) {
    assert.throws(() => splitCommand(command), { code: "INVALID_OPTION", message });
  }
});
