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
  assert.deepEqual(warnings("--phone-col", "phone", "--wav2lip-repo", "/opt/w"), [
    "--phone-col has no effect: phone numbers are not needed, and not put into the outputs",
    "--wav2lip-repo has no effect: lip-sync does not apply to silver and gold",
  ]);
});

test("of a pair that turns something on and off, the one that was given is named", () => {
  assert.match(warnings("--convert-mov").join(), /^--convert-mov has no effect[^,]*$/);
  assert.match(warnings("--no-convert-mov").join(), /^--no-convert-mov has no effect[^,]*$/);
});

test("asking for nothing, as clients that always send every field do, gives no warning", () => {
  assert.deepEqual(warnings("--lip-sync-provider", "none", "--wav2lip-repo", ""), []);
  assert.match(warnings("--lip-sync-provider", "wav2lip").join(), /--lip-sync-provider/);
});

test("the flags are accepted but not shown in help", () => {
  const command = new Command("test");
  addIgnoredFlags(command);
  assert.doesNotMatch(command.helpInformation(), /convert|wav2lip/);
});
