import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type { CampaignEvent, CampaignSummary } from "../campaign/campaign-event.ts";
import type { Slot } from "../domain/slot.ts";
import type { OutputRecord } from "../ports/output-store.ts";
import { createCampaignPrinter, type PrinterOptions } from "./campaign-printer.ts";

const SLOT: Slot = {
  start: 0.4,
  end: 1.25,
  room: { start: 0, end: 1.8 },
  foundBy: "silence",
  confidence: 0.7,
};
const SUMMARY: CampaignSummary = {
  rows: 4,
  done: 2,
  kept: 1,
  skipped: 1,
  failed: 1,
  slots: [SLOT],
};

function record(changes: Partial<OutputRecord>): OutputRecord {
  return {
    row: 2,
    name: "Amit",
    file: "Amit.mp4",
    state: "done",
    reason: "",
    slot: { start: 0.4, end: 1.2 },
    clipSeconds: 0.8,
    stretch: 1,
    seams: null,
    sizeBytes: 1000,
    warnings: [],
    key: "k",
    ...changes,
  };
}

const ended = (changes: Partial<OutputRecord>, kept = false): CampaignEvent => ({
  type: "recipient",
  record: record(changes),
  kept,
});
const planned = (
  changes: Partial<Extract<CampaignEvent, { type: "planned" }>> = {},
): CampaignEvent => ({
  type: "planned",
  rows: 4,
  toDo: 3,
  finishedBefore: 0,
  slots: [SLOT],
  ...changes,
});

function printer(changes: Partial<PrinterOptions> & { isTTY?: boolean } = {}) {
  const { isTTY = false, ...options } = changes;
  const written = { out: "", err: "" };
  const made = createCampaignPrinter(
    {
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { isTTY, columns: 80, write: (text: string) => (written.err += text) },
      env: {},
      onInterrupt: () => {},
    },
    { outdir: "out", dryRun: false, json: false, ...options },
  );
  return { ...made, written };
}

test("each output is one line on standard output, in the words of the published contract", () => {
  const { event, finish, written } = printer();
  event(ended({}));
  event(ended({ name: "Priya", file: "", state: "failed", reason: "no voice" }));
  event(ended({ row: 4, name: "", file: "", state: "skipped", reason: "the name is empty" }));
  finish(SUMMARY);
  assert.deepEqual(written.out.split("\n"), [
    `Created: ${path.join("out", "Amit.mp4")}`,
    "Failed for Priya: no voice",
    "Skipped row 4: the name is empty",
    "Done.",
    "",
  ]);
  assert.match(written.err, /1 created, 1 kept, 1 skipped, 1 failed\./);
});

test("a dry run tells what it would create", () => {
  const { event, finish, written } = printer({ dryRun: true });
  event(ended({}));
  finish({ ...SUMMARY, kept: 0 });
  assert.equal(written.out, `[dry-run] Would create: ${path.join("out", "Amit.mp4")}\nDone.\n`);
  assert.match(written.err, /2 to create, /);
});

test("what an earlier run made is counted, not listed again", () => {
  const { event, written } = printer();
  event(planned({ finishedBefore: 1 }));
  event(ended({}, true));
  assert.equal(written.out, "");
  assert.match(written.err, /1 of 4 were made by an earlier run and are kept\./);
});

test("the slot is told with the way it was found", () => {
  const { event, written } = printer();
  event(planned());
  event(planned({ slots: [{ ...SLOT, foundBy: "end-of-speech" }] }));
  assert.deepEqual(written.err.trim().split("\n"), [
    "Slot: 0.400-1.250 s (by the silence rule, 70 % sure), quiet until 1.800 s",
    "Slot: from 0.400 s (after the last word, 70 % sure)",
  ]);
});

test("warnings go to standard error", () => {
  const { event, warn, written } = printer();
  event({ type: "warning", warning: { code: "SLOT_UNSURE", message: "check it" } });
  warn("--name-gap has no effect");
  assert.equal(written.err, "Warning: check it\nWarning: --name-gap has no effect\n");
  assert.equal(written.out, "");
});

test("control characters out of a sheet or a message reach no terminal", () => {
  const { event, spoken, warn, written } = printer();
  event(ended({ name: "A\u001b[2Jmit\r", state: "failed", reason: "\u009b31m no\nvoice" }));
  spoken("\u0007bell", null);
  warn("\u001b]0;title\u0007");
  const all = written.out + written.err;
  assert.doesNotMatch(all.replaceAll("\n", ""), /\p{Cc}/u);
  assert.equal(
    written.out.split("\n")[0],
    "Failed for A\\u001b[2Jmit\\u000d: \\u009b31m no\\u000avoice",
  );
});

test("names of every script are printed as they are", () => {
  const { event, written } = printer();
  event(ended({ name: "क्‍षमा 王", state: "failed", reason: "no voice" }));
  assert.equal(written.out, "Failed for क्‍षमा 王: no voice\n");
});

test("as JSON every line is one object, warnings and the end among them", () => {
  const { event, warn, spoken, finish, written } = printer({ json: true });
  event(planned());
  event(ended({ name: "A\u009bmit" }));
  warn("no effect");
  spoken("Amit", "no voice");
  finish(SUMMARY);
  const objects = written.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    objects.map(({ type }) => type),
    ["planned", "recipient", "warning", "spoken", "done"],
  );
  assert.equal(objects[1].record.name, "A\u009bmit");
  assert.deepEqual(objects.at(-1), { type: "done", ...SUMMARY });
  assert.equal(written.err, "");
});

test("spoken names are told when only a cache is built", () => {
  const { spoken, done, written } = printer();
  spoken("Amit", null);
  spoken("Priya", "no voice");
  done();
  assert.equal(written.out, "Spoken: Amit\nFailed for Priya: no voice\nDone.\n");
});

test("on a terminal a bar counts the outputs on standard error, and is gone at the end", () => {
  const { event, end, written } = printer({ isTTY: true });
  event(planned());
  event(ended({}));
  assert.match(written.err, /1\/3/);
  event(ended({ state: "skipped" }));
  event(ended({}, true));
  event(ended({ state: "failed" }));
  end();
  assert.match(written.err, /2\/3/);
  assert.doesNotMatch(written.err, /3\/3/);
  assert.ok(written.err.endsWith("\r\u001b[2K"));
});

test("there is no bar for a single output, a dry run, or JSON", () => {
  for (const [options, toDo] of [
    [{ isTTY: true }, 1],
    [{ isTTY: true, dryRun: true }, 3],
    [{ isTTY: true, json: true }, 3],
    [{ isTTY: false }, 3],
  ] as const) {
    const { event, written } = printer(options);
    event(planned({ toDo }));
    event(ended({}));
    assert.doesNotMatch(written.err, /\[=/);
  }
});
