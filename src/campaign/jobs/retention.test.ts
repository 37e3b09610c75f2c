import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { newJob, startJob } from "../../../test/support/made-up-jobs.ts";
import { openTestDatabase } from "../../database/testing/open-test-database.ts";
import { createLocalObjects } from "../../storage/local-objects.ts";
import { createLocalTemplates } from "../../storage/local-templates.ts";
import { applyRetention } from "./retention.ts";

const DAY_MS = 24 * 3600_000;
const START = Date.parse("2026-01-01T00:00:00Z");
const id = (digit: string) => digit.repeat(32);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A data folder at a time of its own, with what a job of `name` uploaded and made. */
async function dataFolder(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), "retention-test-"));
  let now = START;
  const database = await openTestDatabase(() => now);
  t.after(async () => {
    await database.close();
    await rm(root, { recursive: true });
  });
  const objects = createLocalObjects({ root });
  const templates = createLocalTemplates({ root: path.join(root, "templates") });
  const put = async (key: string) => {
    await objects.put(key, [Buffer.from("content")]);
    await utimes(objects.pathOf(key), now / 1000, now / 1000);
  };
  return {
    root,
    jobs: database.jobs,
    objects,
    put,
    async putAll(job: string) {
      await put(`${job}/input/base.mp4`);
      await put(`${job}/input/recipients.csv`);
      await put(`${job}/output/videos/Name_2.mp4`);
    },
    pass: (days: number) => {
      now += days * DAY_MS;
    },
    retain: () =>
      applyRetention({
        jobs: database.jobs,
        bases: database.bases,
        objects,
        templates,
        policy: {
          keeps: "files",
          maxUploadBytes: 1,
          speechCommands: [],
          wav2lip: { repo: null, checkpoint: null },
          requireConsent: false,
          speech: { offline: true, hasElevenlabsKey: false, missing: {} },
          lipSync: { offline: true, wav2lipModel: false, missing: {} },
          uploadDays: 7,
          outputDays: 30,
        },
        clock: () => now,
        logger: quiet,
      }),
    files: async (job: string) =>
      (await Array.fromAsync(objects.list(`${job}/`))).map(({ key }) => key.slice(33)).toSorted(),
  };
}

test("uploads of a job that ended go after 7 days, all of it after 30, and nothing sooner", async (t) => {
  const folder = await dataFolder(t);
  const { jobs } = folder;
  await startJob(jobs, id("a"), 1);
  await folder.putAll(id("a"));
  await jobs.end(id("a"), { state: "done", error: null });

  folder.pass(6.9);
  assert.deepEqual(await folder.retain(), { jobs: 0, inputs: 0, orphans: 0, templates: 0 });
  folder.pass(0.2);
  assert.deepEqual(await folder.retain(), { jobs: 0, inputs: 1, orphans: 0, templates: 0 });
  assert.deepEqual(await folder.files(id("a")), ["output/videos/Name_2.mp4"]);
  assert.equal((await jobs.find(null, id("a")))?.base.key, null);
  folder.pass(22.8);
  assert.equal((await folder.retain()).jobs, 0);
  folder.pass(0.2);
  assert.deepEqual(await folder.retain(), { jobs: 1, inputs: 0, orphans: 0, templates: 0 });
  assert.equal(await jobs.find(null, id("a")), null);
  assert.ok(!(await readdir(folder.root)).includes(id("a")));
});

test("a job that has not ended is kept however old it is", async (t) => {
  const folder = await dataFolder(t);
  await startJob(folder.jobs, id("a"), 1);
  await folder.jobs.create(newJob(id("b")));
  for (const job of [id("a"), id("b")]) await folder.putAll(job);
  folder.pass(400);
  assert.deepEqual(await folder.retain(), { jobs: 0, inputs: 0, orphans: 0, templates: 0 });
  assert.equal((await folder.files(id("a"))).length, 3);
  assert.equal((await folder.files(id("b"))).length, 3);
});

test("files of an upload that became no job go after 6 hours; what is not a job's stays", async (t) => {
  const folder = await dataFolder(t);
  await folder.put(`${id("c")}/input/base_video.mp4`);
  await folder.put("name_audio_cache/ab/clip.wav");
  folder.pass(0.24);
  assert.equal((await folder.retain()).orphans, 0);
  folder.pass(0.02);
  assert.equal((await folder.retain()).orphans, 1);
  assert.deepEqual(await folder.files(id("c")), []);
  assert.ok(await folder.objects.head("name_audio_cache/ab/clip.wav"));
});
