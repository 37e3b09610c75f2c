import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeMedia } from "../../test/support/make-media.ts";
import { AppError } from "../domain/app-error.ts";
import { createMediaEngine, type PooledMediaEngine } from "../media/media-engine.ts";
import type { OutputRecord } from "../ports/output-store.ts";
import { createSheetReader } from "../sheets/sheet-reader.ts";
import { type FakeModel, fakeModel, tone } from "../speech/testing/fake-speech.ts";
import type { CampaignEvent, CampaignSummary } from "./campaign-event.ts";
import { type CampaignOptions, campaignOptionsSchema } from "./campaign-options.ts";
import type { CampaignRequest } from "./campaign-request.ts";
import { runCampaign } from "./run-campaign.ts";
import { createMemoryOutputs, type MemoryOutputs } from "./testing/memory-outputs.ts";

let folder = "";
let base = "";
let media: PooledMediaEngine;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "run-campaign-test-"));
  media = createMediaEngine({ workers: 2 });
  base = makeMedia({
    file: path.join(folder, "base.mp4"),
    container: "mp4",
    video: { codec: "h264" },
    audio: { codec: "aac", sampleRate: 44_100, channels: 1 },
    sound: [
      { kind: "silence", seconds: 0.4 },
      { kind: "speech", seconds: 0.8 },
      { kind: "silence", seconds: 0.6 },
      { kind: "speech", seconds: 1.2 },
    ],
  }).file;
});
after(async () => {
  await media.close();
  await rm(folder, { recursive: true });
});

type Campaign = {
  /** The sheet, CSV. */
  sheet: string;
  options?: Partial<CampaignOptions>;
  store?: MemoryOutputs;
  speech?: FakeModel;
  changes?: Partial<CampaignRequest>;
};

type Outcome = {
  summary: CampaignSummary;
  events: CampaignEvent[];
  store: MemoryOutputs;
  speech: FakeModel;
};

const anyName = () => fakeModel(({ text }) => tone({ seconds: 0.3 + 0.05 * text.length }));

/** Runs a campaign on real media and a real sheet; templates are kept for the next one. */
async function run(campaign: Campaign): Promise<Outcome> {
  const { sheet, store = createMemoryOutputs(), speech = anyName() } = campaign;
  const recipients = path.join(folder, "recipients.csv");
  await writeFile(recipients, sheet);
  const events: CampaignEvent[] = [];
  const summary = await runCampaign(
    {
      media,
      speech,
      lipSync: null,
      reference: speech,
      sheets: createSheetReader(),
      hashFile: async (file) =>
        createHash("sha256")
          .update(await readFile(file))
          .digest("hex"),
      respell: (text) => text.replace("Dr ", "Doctor "),
    },
    {
      base,
      recipients,
      options: { ...campaignOptionsSchema.parse({ insertMode: "gold" }), ...campaign.options },
      openOutput: async () => ({
        store,
        templates: {
          templateFolder: (id) => path.join(folder, id),
          templatePartFolder: (id) => path.join(folder, `${id}.part`),
        },
      }),
      concurrency: 2,
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
      ...campaign.changes,
    },
  );
  return { summary, events, store, speech };
}

const states = (records: OutputRecord[] | null | undefined) =>
  records?.map(({ row, file, state }) => `${row} ${state} ${file}`.trim());

test("every row of the sheet ends as an output or as a reason in the report, in the sheet's order", async () => {
  const { summary, events, store } = await run({
    sheet: "name,town\nAmit,Pune\n,Goa\nPriya,Delhi\nAmit,Agra\n",
  });
  assert.deepEqual(states(store.report()), [
    ...["2 done Amit.mp4", "3 skipped", "4 done Priya.mp4", "5 done Amit-2.mp4"],
  ]);
  assert.equal(store.report()?.[1]?.reason, "the name is empty");
  const { slots: _, ...counts } = summary;
  assert.deepEqual(counts, { rows: 4, done: 3, kept: 0, skipped: 1, failed: 0 });
  for (const record of store.report() ?? []) {
    if (record.state !== "done") continue;
    assert.equal(store.files.get(record.file)?.size, record.sizeBytes);
    assert.ok(record.slot && record.slot.end > record.slot.start && record.seams);
  }
  assert.equal(events.filter(({ type }) => type === "recipient").length, 4);
  const planned = events.findIndex(({ type }) => type === "planned");
  assert.ok(planned < events.findIndex(({ type }) => type === "recipient"));
});

test("recipients with the same text are spoken and rendered once", async () => {
  const { store, speech } = await run({ sheet: "name\nAmit\nAmit\nAmit\n" });
  assert.equal(speech.requests.length, 1);
  const [first, second] = ["Amit.mp4", "Amit-2.mp4"].map((file) => store.files.get(file));
  assert.equal(first?.crc32, second?.crc32);
});

test("a second run keeps what the first finished, and makes only what is new", async () => {
  const store = createMemoryOutputs();
  await run({ sheet: "name\nAmit Kumar\nPriya\n", store });
  const again = await run({ sheet: "name\nRavi\nPriya\nAmit.Kumar\n", store, options: {} });
  // Row 4's file is row 2's of the first run, but its text is another one.
  assert.deepEqual(again.speech.requests.map(({ text }) => text).toSorted(), [
    "Amit.Kumar",
    "Ravi",
  ]);
  assert.equal(again.summary.kept, 1);
  assert.deepEqual(states(store.report()), [
    ...["2 done Ravi.mp4", "3 done Priya.mp4", "4 done Amit_Kumar.mp4"],
  ]);
  const last = await run({ sheet: "name\nRavi\nPriya\nAmit.Kumar\n", store });
  assert.equal(last.summary.kept, 3);
  assert.ok(!last.events.some(({ type }) => type === "compiled"), "nothing had to be compiled");
});

test("what is kept is reported under the name and the row it has now", async () => {
  const store = createMemoryOutputs();
  const siobhan = (name: string) => `${name},Shivawn Kay\n`;
  await run({ sheet: `name,pronunciation\n${siobhan("Siobhan K")}`, store });
  await run({ sheet: `name,pronunciation\nRavi,\n${siobhan("Siobhan.K")}`, store });
  const reported = store.report()?.map(({ row, name, file }) => [row, name, file]);
  assert.deepEqual(reported, [
    [2, "Ravi", "Ravi.mp4"],
    [3, "Siobhan.K", "Siobhan_K.mp4"],
  ]);
});

test("another text, option or output kind is made anew", async () => {
  const store = createMemoryOutputs();
  await run({ sheet: "name\nAmit\n", store });
  for (const options of [
    { text: "Dr {name}" },
    { matchNameLoudness: false },
    { insertMode: "silver" as const },
    { slot: "0.4-1.1" },
  ]) {
    const { summary, speech } = await run({ sheet: "name\nAmit\n", store, options });
    assert.equal(summary.kept, 0);
    if (options.text) assert.equal(speech.requests[0]?.text, "Doctor Amit");
  }
  assert.deepEqual([...store.files.keys()], ["Amit.mp4", "Amit.mp3"]);
});

test("a recipient that cannot be made stops no other, and is tried again by the next run", async () => {
  const store = createMemoryOutputs();
  let broken = true;
  const speech = fakeModel(({ text }) => {
    if (broken && text === "Amit") throw new AppError("SPEECH_FAILED", "no voice for Amit");
    return tone({ seconds: 0.6 });
  });
  const { summary } = await run({ sheet: "name\nAmit\nPriya\n", store, speech });
  assert.deepEqual([summary.done, summary.failed], [1, 1]);
  assert.deepEqual(states(store.report()), ["2 failed", "3 done Priya.mp4"]);
  assert.equal(store.report()?.[0]?.reason, "no voice for Amit");
  broken = false;
  const again = await run({ sheet: "name\nAmit\nPriya\n", store, speech });
  assert.deepEqual([again.summary.done, again.summary.kept], [2, 1]);
});

test("a dry run plans every output and makes none", async () => {
  const { summary, events, speech } = await run({
    sheet: "name\nAmit\n,\nAmit\n",
    changes: { openOutput: null },
  });
  const records = events.flatMap((event) => (event.type === "recipient" ? [event.record] : []));
  assert.deepEqual(states(records.toSorted((a, b) => a.row - b.row)), [
    ...["2 done Amit.mp4", "4 done Amit-2.mp4"],
  ]);
  assert.equal(summary.done, 2);
  assert.equal(speech.requests.length, 0);
  assert.ok(!events.some(({ type }) => type === "compiled"));
});

test("when it is cancelled, what is finished stays, and the report still has every row", async () => {
  const store = createMemoryOutputs();
  const abort = new AbortController();
  const speech = fakeModel(({ text }) => {
    if (text === "Ravi") abort.abort();
    return tone({ seconds: 0.6 });
  });
  const sheet = "name\nAmit\nPriya\nRavi\nSita\nGita\n";
  const cancelled = run({
    sheet,
    store,
    speech,
    changes: { signal: abort.signal, concurrency: 1 },
  });
  await assert.rejects(cancelled, { code: "CANCELLED" });
  assert.deepEqual(states(store.report()), [
    ...["2 done Amit.mp4", "3 done Priya.mp4", "4 skipped", "5 skipped", "6 skipped"],
  ]);
  assert.match(store.report()?.[4]?.reason ?? "", /the run ended/);
  const { summary } = await run({ sheet, store });
  assert.deepEqual([summary.done, summary.kept], [5, 2]);
});

test("a full disk ends the run at once, as no other output could be written either", async () => {
  const outputs = createMemoryOutputs();
  let published = 0;
  const store: MemoryOutputs = {
    ...outputs,
    publish: async (file, rendition, template) => {
      if (++published > 2) throw new AppError("DISK_FULL", "no space left");
      await outputs.publish(file, rendition, template);
    },
  };
  const full = run({
    sheet: `name\n${Array.from({ length: 20 }, (_, i) => `Name ${i}`).join("\n")}\n`,
    store,
    changes: { concurrency: 1 },
  });
  await assert.rejects(full, { code: "DISK_FULL" });
  assert.equal(published, 3);
  assert.equal(store.report()?.length, 20);
  assert.equal(store.report()?.filter(({ state }) => state === "done").length, 2);
});

test("a sheet or a base that cannot be used is refused before any output is opened", async () => {
  const sound = makeMedia({
    file: path.join(folder, "sound.m4a"),
    container: "m4a",
    video: null,
    audio: { codec: "aac", sampleRate: 44_100, channels: 1 },
    sound: [{ kind: "speech", seconds: 0.5 }],
  }).file;
  const silent = makeMedia({
    file: path.join(folder, "silent.mp4"),
    container: "mp4",
    video: { codec: "h264" },
    audio: null,
    sound: [{ kind: "silence", seconds: 0.5 }],
  }).file;
  const openOutput = () => assert.fail("an output was opened");
  for (const [code, sheet, changes] of [
    ["COLUMN_MISSING", "town\nPune\n", {}],
    ["SHEET_EMPTY", "name\n", {}],
    ["FILE_NOT_FOUND", "name\nAmit\n", { base: path.join(folder, "none.mp4") }],
    ["NO_VIDEO", "name\nAmit\n", { base: sound }],
    ["NO_AUDIO", "name\nAmit\n", { base: silent }],
    ["SLOT_INVALID", "name\nAmit\n", {}],
  ] as const) {
    const options = code === "SLOT_INVALID" ? { slot: "90-91" } : {};
    const refused = run({ sheet, options, changes: { ...changes, openOutput } });
    await assert.rejects(refused, { name: "AppError", code });
  }
});
