import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { addIgnoredFlags, ignoredFlagWarnings } from "./ignored-flags.ts";

function warnings(...args: string[]): string[] {
  const command = new Command("test").exitOverride();
  addIgnoredFlags(command);
  return ignoredFlagWarnings(command.parse(args, { from: "user" }).opts());
}

test("flags that were not given are not spoken of", () => {
  assert.deepEqual(warnings(), []);
});

test("each flag that has no effect is named once, with the reason", () => {
  assert.deepEqual(warnings("--phone-col", "phone", "--platinum-min-silence-dur", "0.2"), [
    "--phone-col has no effect: phone numbers are not needed, and not put into the outputs",
    "--platinum-min-silence-dur has no effect: markers are found by what the base says, not by its pauses",
  ]);
});

test("of a pair that turns something on and off, the one that was given is named", () => {
  assert.match(warnings("--convert-mov").join(), /^--convert-mov has no effect[^,]*$/);
  assert.match(warnings("--no-convert-mov").join(), /^--no-convert-mov has no effect[^,]*$/);
});

test("asking for nothing, as clients that always send every field do, gives no warning", () => {
  assert.deepEqual(warnings("--phone-col", "", "--platinum-mode", "none"), []);
  assert.match(warnings("--platinum-mode", "silence").join(), /--platinum-mode/);
});

test("the flags are accepted but not shown in help", () => {
  const command = new Command("test");
  addIgnoredFlags(command);
  assert.doesNotMatch(command.helpInformation(), /convert|platinum/);
});
