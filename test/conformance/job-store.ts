import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { JobEvent } from "../../src/domain/job.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Consent, JobStore, Page } from "../../src/ports/job-store.ts";
import type { WebhookStore } from "../../src/ports/webhook-store.ts";
import {
  doneResult,
  failedResult,
  newJob,
  newRecipients,
  startJob,
} from "../support/made-up-jobs.ts";

export type JobStoreSubject = {
  jobs: JobStore;
  /** On the same data. */
  webhooks: WebhookStore;
  close(): Promise<void>;
};

const START = 1_739_020_000_123;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What every job store must keep to. `open` is called for each test and gives an empty store. */
export function jobStoreConformance(
  name: string,
  open: (clock: Clock) => Promise<JobStoreSubject>,
): void {
  describe(`${name} is a job store`, () => {
    let subject: JobStoreSubject;
    let jobs: JobStore;
    let now = START;

    beforeEach(async () => {
      now = START;
      subject = await open(() => now);
      jobs = subject.jobs;
    });
    afterEach(() => subject.close());

    const eventsOf = (id: string) => jobs.events(id, 0, 100_000);
    const typesOf = async (id: string) => (await eventsOf(id)).map(({ type }) => type);
    const statesOf = async (id: string) => {
      const { items } = await jobs.recipients(id, { limit: 1000 });
      return items.map(({ state }) => state);
    };

    describe("creating", () => {
      test("a new job is queued, and its first event says so", async () => {
        const { job, created } = await jobs.create(newJob("one"));
        assert.equal(created, true);
        const { consent: _, sealedKey: __, ...given } = newJob("one");
        assert.deepEqual(job, {
          ...given,
          state: "queued",
          createdAt: START,
          updatedAt: START,
          error: null,
          progress: { total: 0, done: 0, failed: 0, skipped: 0 },
          round: 1,
          lastEvent: 1,
        });
        assert.deepEqual(await eventsOf("one"), [
          { seq: 1, at: START, type: "job.queued", data: { progress: job.progress } },
        ]);
      });

      test("everything that was given comes back", async () => {
        const given = newJob("one", {
          base: { key: null, hash: "b".repeat(64), name: "पिता.mp4", templateId: "template" },
          options: { text: "नमस्ते {name} 👋", nested: { list: [1, null, "x"] } },
          plan: { templateId: "compiled", slot: { start: 0.1 } },
          keeps: "renditions",
          warnings: [{ code: "IGNORED", message: "one option was ignored" }],
        });
        await jobs.create(given);
        const found = await jobs.find("acme", "one");
        const { consent: _, sealedKey: __, ...expected } = given;
        assert.deepEqual({ ...found, ...expected }, found);
      });

      test("a job is found by its tenant and by the service, and by nobody else", async () => {
        await jobs.create(newJob("one"));
        assert.equal((await jobs.find("acme", "one"))?.id, "one");
        assert.equal((await jobs.find(null, "one"))?.id, "one");
        assert.equal(await jobs.find("other", "one"), null);
        assert.equal(await jobs.find("acme", "two"), null);
      });

      test("the consent for a voice sample is kept with its moment", async () => {
        const consent: Consent = {
          sample: "one/input/voice_sample.wav",
          hash: "c".repeat(64),
          kind: "explicit",
          speaker: "Amit",
          scope: "this campaign",
          keyId: null,
        };
        await jobs.create(newJob("one", { consent }));
        await jobs.create(newJob("two"));
        assert.deepEqual(await jobs.consentOf("one"), { ...consent, at: START });
        assert.equal(await jobs.consentOf("two"), null);
      });
    });

    test("a sealed key is kept for its job until the uploads are forgotten, and is no part of the job", async () => {
      await jobs.create(newJob("one", { sealedKey: "v1.sealed" }));
      await jobs.create(newJob("two"));
      assert.equal(await jobs.sealedKeyOf("one"), "v1.sealed");
      assert.equal(await jobs.sealedKeyOf("two"), null);
      assert.doesNotMatch(JSON.stringify(await jobs.find("acme", "one")), /sealed/u);
      await jobs.forgetInput("one");
      assert.equal(await jobs.sealedKeyOf("one"), null);
    });

    describe("idempotency keys", () => {
      const same = { key: "key", fingerprint: "same" };

      test("a request repeated under its key returns the first job and changes nothing", async () => {
        await jobs.create(newJob("one"), same);
        now += 1000;
        const { job, created } = await jobs.create(newJob("two"), same);
        assert.deepEqual([job.id, job.createdAt, created], ["one", START, false]);
        assert.equal(await jobs.find(null, "two"), null);
        assert.deepEqual(await typesOf("one"), ["job.queued"]);
      });

      test("another request under a used key is refused", async () => {
        await jobs.create(newJob("one"), same);
        await assert.rejects(jobs.create(newJob("two"), { key: "key", fingerprint: "other" }), {
          code: "IDEMPOTENCY_KEY_REUSED",
        });
        assert.equal(await jobs.find(null, "two"), null);
      });

      test("of two requests at a time under one key one makes the job", async () => {
        const results = await Promise.all([
          jobs.create(newJob("one"), same),
          jobs.create(newJob("two"), same),
        ]);
        assert.deepEqual(results.map(({ created }) => created).toSorted(), [false, true]);
        assert.equal(results[0].job.id, results[1].job.id);
        assert.equal((await jobs.unfinished()).length, 1);
      });

      test("another tenant's keys do not matter", async () => {
        await jobs.create(newJob("one"), same);
        const theirs = { key: "key", fingerprint: "other" };
        for (const [id, expected] of [
          ["two", true],
          ["three", false],
        ] as const) {
          const { job, created } = await jobs.create(newJob(id, { tenant: "other" }), theirs);
          assert.deepEqual([job.id, created], ["two", expected]);
        }
      });

      test("a key is free again after 24 hours, and not before", async () => {
        await jobs.create(newJob("one"), same);
        now = START + DAY_MS - 1;
        assert.equal((await jobs.create(newJob("two"), same)).created, false);
        now = START + DAY_MS;
        assert.equal((await jobs.create(newJob("three"), same)).created, true);
      });

      test("a removed job's key is free again", async () => {
        await jobs.create(newJob("one"), same);
        await jobs.remove("one");
        assert.equal((await jobs.create(newJob("two"), same)).job.id, "two");
      });
    });

    describe("lists", () => {
      test("jobs come newest first, page by page, each once, whatever is added meanwhile", async () => {
        // Three at each moment: their ids decide.
        for (let i = 0; i < 12; i++) {
          now = START + Math.floor(i / 3);
          await jobs.create(newJob(`job-${(i * 7) % 12}`));
        }
        await jobs.create(newJob("foreign", { tenant: "other" }));
        const pages: string[][] = [];
        let cursor: string | null = null;
        do {
          const filter: { limit: number; cursor?: string } = { limit: 4 };
          if (cursor !== null) filter.cursor = cursor;
          const page: Page<{ id: string; createdAt: number }> = await jobs.list("acme", filter);
          pages.push(page.items.map(({ id, createdAt }) => `${createdAt - START} ${id}`));
          cursor = page.next;
          now += 10;
          await jobs.create(newJob(`later-${pages.length}`));
        } while (cursor !== null);
        assert.deepEqual(
          pages.map((page) => page.length),
          [4, 4, 4],
        );
        assert.deepEqual(
          pages.flat().map((line) => line.split(" ")[0]),
          [..."333222111000"],
        );
        assert.equal(new Set(pages.flat()).size, 12);
      });

      test("a list can be of one state", async () => {
        for (const id of ["one", "two", "three"]) await jobs.create(newJob(id));
        await jobs.end("two", { state: "cancelled", error: null });
        const idsOf = async (state: "queued" | "cancelled" | "done") =>
          (await jobs.list("acme", { state, limit: 10 })).items.map(({ id }) => id).toSorted();
        assert.deepEqual(await idsOf("queued"), ["one", "three"]);
        assert.deepEqual(await idsOf("cancelled"), ["two"]);
        assert.deepEqual(await idsOf("done"), []);
      });

      test("a cursor is refused when a character is changed, added or missing", async () => {
        for (const id of ["one", "two"]) await jobs.create(newJob(id));
        const { next } = await jobs.list("acme", { limit: 1 });
        assert.ok(next);
        assert.match(next, /^[\w-]+$/u);
        const wrong = [...next].map((character, index) => {
          const other = character === "A" ? "B" : "A";
          return next.slice(0, index) + other + next.slice(index + 1);
        });
        for (const cursor of [...wrong, "", "x", `${next}A`, next.slice(0, -1), "ह".repeat(2000)]) {
          await assert.rejects(
            jobs.list("acme", { limit: 1, cursor }),
            { code: "INVALID_OPTION" },
            cursor,
          );
        }
      });

      test("a cursor of one list is refused by another", async () => {
        await startJob(jobs, "one", 2);
        const { next } = await jobs.recipients("one", { limit: 1 });
        assert.ok(next);
        await assert.rejects(jobs.list("acme", { limit: 1, cursor: next }), {
          code: "INVALID_OPTION",
        });
      });
    });

    describe("rows", () => {
      test("rows that are there already stay as they are", async () => {
        await startJob(jobs, "one", 2);
        await jobs.claimRows("one", { round: 1, first: 2, last: 2, token: "a" });
        await jobs.settleRows("one", { round: 1, token: "a", results: [doneResult(2)] });
        const changed = newRecipients(3).map((row) => ({ ...row, name: "Other" }));
        await jobs.addRecipients("one", changed);
        const { items } = await jobs.recipients("one", { limit: 10 });
        assert.deepEqual(
          items.map(({ row, name, state }) => [row, name, state]),
          [
            [2, "Name 2", "done"],
            [3, "Name 3", "pending"],
            [4, "Other", "pending"],
          ],
        );
      });

      test("5,000 rows can be added at a time", async () => {
        await jobs.create(newJob("one"));
        await jobs.addRecipients("one", newRecipients(5000));
        assert.equal((await jobs.begin("one", 1))?.progress.total, 5000);
      });

      test("a job that has ended or never was gets no rows", async () => {
        await jobs.create(newJob("one"));
        await jobs.end("one", { state: "cancelled", error: null });
        for (const id of ["one", "none"]) {
          await jobs.addRecipients(id, newRecipients(2));
          assert.deepEqual((await jobs.recipients(id, { limit: 10 })).items, []);
        }
      });

      test("a row has no figures before its end", async () => {
        await jobs.create(newJob("one"));
        await jobs.addRecipients("one", [
          ...newRecipients(1),
          { row: 3, name: "", state: "skipped", reason: "no name" },
        ]);
        const figures = {
          slot: null,
          clipSeconds: null,
          stretch: null,
          seams: null,
          sizeBytes: null,
          warnings: [],
          key: "",
          output: null,
          updatedAt: START,
        };
        assert.deepEqual((await jobs.recipients("one", { limit: 10 })).items, [
          {
            row: 2,
            name: "Name 2",
            file: "Name_2.mp4",
            state: "pending",
            reason: "",
            spokenText: "Hello 2",
            ...figures,
          },
          {
            row: 3,
            name: "",
            file: "",
            state: "skipped",
            reason: "no name",
            spokenText: "",
            ...figures,
          },
        ]);
      });

      test("rows come in the order of the sheet, page by page, and by state", async () => {
        await startJob(jobs, "one", 7);
        await jobs.claimRows("one", { round: 1, first: 3, last: 4, token: "a" });
        await jobs.settleRows("one", {
          round: 1,
          token: "a",
          results: [failedResult(3), doneResult(4)],
        });
        const first = await jobs.recipients("one", { limit: 4 });
        assert.deepEqual(
          first.items.map(({ row }) => row),
          [2, 3, 4, 5],
        );
        const second = await jobs.recipients("one", { limit: 4, cursor: first.next ?? "" });
        assert.deepEqual(
          second.items.map(({ row }) => row),
          [6, 7, 8],
        );
        assert.equal(second.next, null);
        const failed = await jobs.recipients("one", { state: "failed", limit: 4 });
        assert.deepEqual(
          failed.items.map(({ row }) => row),
          [3],
        );
        assert.equal((await jobs.recipient("one", 4))?.state, "done");
        assert.equal(await jobs.recipient("one", 9), null);
      });

      test("all rows of a long sheet can be read in order", async () => {
        await startJob(jobs, "one", 2500);
        await startJob(jobs, "two", 1);
        const rows = await Array.fromAsync(jobs.allRecipients("one"), ({ row }) => row);
        assert.deepEqual(
          rows,
          Array.from({ length: 2500 }, (_, index) => index + 2),
        );
      });
    });

    describe("beginning", () => {
      test("a job that begins counts its rows and is running", async () => {
        await jobs.create(newJob("one"));
        await jobs.addRecipients("one", [
          ...newRecipients(3),
          { row: 9, name: "", state: "skipped", reason: "no name" },
        ]);
        now += 5;
        const job = await jobs.begin("one", 1);
        const progress = { total: 4, done: 0, failed: 0, skipped: 1 };
        assert.deepEqual([job?.state, job?.progress, job?.updatedAt], ["running", progress, now]);
        assert.deepEqual(await jobs.find(null, "one"), job);
        assert.deepEqual((await eventsOf("one")).at(-1), {
          seq: 2,
          at: now,
          type: "job.running",
          data: { progress },
        });
      });

      test("beginning twice in one round changes nothing and tells nothing", async () => {
        const job = await startJob(jobs, "one", 3);
        assert.deepEqual(await jobs.begin("one", 1), job);
        assert.deepEqual(await typesOf("one"), ["job.queued", "job.running"]);
      });

      test("a job does not begin in another round, when it has ended, or when there is none", async () => {
        await jobs.create(newJob("one"));
        assert.equal(await jobs.begin("one", 2), null);
        await jobs.end("one", { state: "cancelled", error: null });
        assert.equal(await jobs.begin("one", 1), null);
        assert.equal(await jobs.begin("none", 1), null);
      });
    });

    describe("chunks", () => {
      test("chunks hold every row that is left, in order, none more than the size", async () => {
        await startJob(jobs, "one", 10);
        await jobs.claimRows("one", { round: 1, first: 4, last: 6, token: "a" });
        await jobs.settleRows("one", {
          round: 1,
          token: "a",
          results: [doneResult(4), failedResult(6)],
        });
        // Row 5 is still under work.
        assert.deepEqual(await jobs.chunks("one", 3), [
          { first: 2, last: 5, rows: 3 },
          { first: 7, last: 9, rows: 3 },
          { first: 10, last: 11, rows: 2 },
        ]);
        assert.deepEqual(await jobs.chunks("none", 3), []);
      });

      test("a long sheet is cut without a gap", async () => {
        await jobs.create(newJob("one"));
        for (const first of [2, 5002]) await jobs.addRecipients("one", newRecipients(5000, first));
        const chunks = await jobs.chunks("one", 300);
        assert.equal(chunks.length, 34);
        let next = 2;
        for (const { first, last, rows } of chunks) {
          assert.deepEqual([first, rows], [next, last - first + 1]);
          next = last + 1;
        }
        assert.equal(next, 10_002);
      });
    });

    describe("claiming and settling", () => {
      const claim = (id: string, first: number, last: number, token: string, round = 1) =>
        jobs.claimRows(id, { round, first, last, token });
      const rowsOf = (claimed: { row: number }[]) => claimed.map(({ row }) => row);

      test("a claim gives what is needed to make the rows, and they are running", async () => {
        await startJob(jobs, "one", 4);
        assert.deepEqual(await claim("one", 3, 4, "a"), [
          { row: 3, name: "Name 3", file: "Name_3.mp4", spokenText: "Hello 3" },
          { row: 4, name: "Name 4", file: "Name_4.mp4", spokenText: "Hello 4" },
        ]);
        assert.deepEqual(await statesOf("one"), ["pending", "running", "running", "pending"]);
      });

      test("nothing is claimed of a job that is not running in this round", async () => {
        await jobs.create(newJob("one"));
        await jobs.addRecipients("one", newRecipients(2));
        assert.deepEqual(await claim("one", 2, 3, "a"), []);
        await jobs.begin("one", 1);
        assert.deepEqual(await claim("one", 2, 3, "a", 2), []);
        await jobs.end("one", { state: "failed", error: null });
        assert.deepEqual(await claim("one", 2, 3, "a"), []);
      });

      test("what a settled row was noted with comes back", async () => {
        await startJob(jobs, "one", 2);
        await claim("one", 2, 3, "a");
        const whole = doneResult(2);
        const packed = {
          ...doneResult(3),
          output: {
            location: { kind: "pack" as const, key: "one/packs/a", offset: 0, length: 17_000 },
            sizeBytes: 3_000_000_003,
            crc32: 0,
          },
        };
        now += 7;
        await jobs.settleRows("one", { round: 1, token: "a", results: [whole, packed] });
        for (const { record, output } of [whole, packed]) {
          assert.deepEqual(await jobs.recipient("one", record.row), {
            ...record,
            output,
            spokenText: `Hello ${record.row}`,
            updatedAt: now,
          });
        }
      });

      test("settled rows are counted and told, each failure by itself", async () => {
        await startJob(jobs, "one", 5);
        await claim("one", 2, 4, "a");
        const skipped = failedResult(4, "no voice for it");
        skipped.record.state = "skipped";
        const progress = { total: 5, done: 1, failed: 1, skipped: 1 };
        const settled = {
          round: 1,
          token: "a",
          results: [doneResult(2), failedResult(3), skipped],
        };
        assert.deepEqual(await jobs.settleRows("one", settled), progress);
        assert.deepEqual((await jobs.find(null, "one"))?.progress, progress);
        const events = await jobs.events("one", 2, 10);
        assert.deepEqual(
          events.map(({ type, data }) => [type, data]),
          [
            ["recipient.failed", { row: 3, name: "Name 3", reason: "the voice failed" }],
            ["job.progress", { progress, rows: [2, 3, 4] }],
          ],
        );
        const { items } = await jobs.recipients("one", { limit: 3 });
        assert.deepEqual(
          items.map(({ file, reason }) => [file, reason]),
          [
            ["Name_2.mp4", ""],
            ["", "the voice failed"],
            ["", "no voice for it"],
          ],
        );
      });

      test("a later claim takes the rows, and the earlier one changes nothing any more", async () => {
        await startJob(jobs, "one", 3);
        assert.deepEqual(rowsOf(await claim("one", 2, 4, "old")), [2, 3, 4]);
        assert.deepEqual(rowsOf(await claim("one", 3, 4, "new")), [3, 4]);
        const results = [doneResult(2), failedResult(3), failedResult(4)];
        assert.deepEqual(await jobs.settleRows("one", { round: 1, token: "old", results }), {
          total: 3,
          done: 1,
          failed: 0,
          skipped: 0,
        });
        assert.deepEqual(await statesOf("one"), ["done", "running", "running"]);
        await jobs.releaseRows("one", "old");
        assert.deepEqual(await statesOf("one"), ["done", "running", "running"]);
        await jobs.settleRows("one", { round: 1, token: "new", results: [doneResult(3)] });
        assert.deepEqual(await statesOf("one"), ["done", "done", "running"]);
      });

      test("a row that has ended is not claimed again, nor settled again, nor counted again", async () => {
        await startJob(jobs, "one", 2);
        await claim("one", 2, 3, "a");
        const once = { round: 1, token: "a", results: [doneResult(2), failedResult(2)] };
        const progress = { total: 2, done: 1, failed: 0, skipped: 0 };
        assert.deepEqual(await jobs.settleRows("one", once), progress);
        assert.deepEqual(await jobs.settleRows("one", once), progress);
        assert.deepEqual(await typesOf("one"), ["job.queued", "job.running", "job.progress"]);
        assert.deepEqual(rowsOf(await claim("one", 2, 3, "b")), [3]);
        assert.equal((await jobs.recipient("one", 2))?.state, "done");
      });

      test("rows that the sheet does not have are left alone", async () => {
        await startJob(jobs, "one", 1);
        await claim("one", 2, 2, "a");
        const results = [doneResult(2), doneResult(77)];
        const progress = await jobs.settleRows("one", { round: 1, token: "a", results });
        assert.equal(progress?.done, 1);
        assert.equal(await jobs.recipient("one", 77), null);
        assert.equal(
          (await jobs.settleRows("one", { round: 1, token: "a", results: [] }))?.done,
          1,
        );
      });

      test("released rows are pending again", async () => {
        await startJob(jobs, "one", 3);
        await claim("one", 2, 3, "a");
        await claim("one", 4, 4, "b");
        await jobs.releaseRows("one", "a");
        assert.deepEqual(await statesOf("one"), ["pending", "pending", "running"]);
        const progress = await jobs.settleRows("one", {
          round: 1,
          token: "a",
          results: [doneResult(2)],
        });
        assert.equal(progress?.done, 0);
      });

      test("nothing is settled in another round or after the end", async () => {
        await startJob(jobs, "one", 2);
        await claim("one", 2, 3, "a");
        const results = [doneResult(2)];
        assert.equal(await jobs.settleRows("one", { round: 2, token: "a", results }), null);
        await jobs.end("one", { state: "cancelled", error: null });
        assert.equal(await jobs.settleRows("one", { round: 1, token: "a", results }), null);
        assert.deepEqual(await statesOf("one"), ["pending", "pending"]);
      });

      test("events of work done at the same time are numbered without a gap", async () => {
        await startJob(jobs, "one", 60);
        const work = Array.from({ length: 20 }, async (_, lane) => {
          const token = `token ${lane}`;
          const claimed = await claim("one", 2 + 3 * lane, 4 + 3 * lane, token);
          const results = claimed.map(({ row }) =>
            row % 2 === 0 ? doneResult(row) : failedResult(row),
          );
          await jobs.settleRows("one", { round: 1, token, results });
          await jobs.addWarnings("one", [{ code: "LANE", message: token }]);
        });
        await Promise.all(work);
        const job = await jobs.find(null, "one");
        assert.deepEqual(job?.progress, { total: 60, done: 30, failed: 30, skipped: 0 });
        const events = await eventsOf("one");
        assert.deepEqual(
          events.map(({ seq }) => seq),
          Array.from({ length: 2 + 30 + 20 + 20 }, (_, index) => index + 1),
        );
        assert.equal(job?.lastEvent, events.length);
      });

      test("packs that done rows need are told, each once", async () => {
        await startJob(jobs, "one", 4, { keeps: "renditions" });
        const results = newRecipients(4).map(({ row }) => {
          const { record } = doneResult(row);
          const key = row < 4 ? "pack a" : `pack ${row}`;
          const location = { kind: "pack" as const, key, offset: row, length: 10 };
          return { record, output: { location, sizeBytes: 5, crc32: 5 } };
        });
        await claim("one", 2, 5, "a");
        await jobs.settleRows("one", { round: 1, token: "a", results: results.slice(0, 3) });
        assert.deepEqual(await jobs.packsOf("one"), new Set(["pack a", "pack 4"]));
      });
    });

    describe("ending", () => {
      for (const state of ["done", "failed", "cancelled"] as const) {
        test(`a job can end ${state}, once, and says why`, async () => {
          await startJob(jobs, "one", 2);
          await jobs.claimRows("one", { round: 1, first: 2, last: 2, token: "a" });
          now += 9;
          const error = state === "failed" ? { code: "NO_SPEECH", message: "no speech" } : null;
          const job = await jobs.end("one", { state, error, round: 1 });
          assert.deepEqual([job?.state, job?.error, job?.updatedAt], [state, error, now]);
          assert.deepEqual(await jobs.find(null, "one"), job);
          assert.deepEqual((await eventsOf("one")).at(-1), {
            seq: 3,
            at: now,
            type: `job.${state}`,
            data: { progress: job?.progress, error },
          });
          assert.deepEqual(await statesOf("one"), ["pending", "pending"]);
          assert.equal(await jobs.end("one", { state: "cancelled", error: null }), null);
        });
      }

      test("a job is not ended in the name of another round", async () => {
        await startJob(jobs, "one", 1);
        assert.equal(await jobs.end("one", { state: "done", error: null, round: 2 }), null);
        assert.equal((await jobs.find(null, "one"))?.state, "running");
      });

      test("after its end a job tells nothing more", async () => {
        await startJob(jobs, "one", 1);
        await jobs.end("one", { state: "cancelled", error: null });
        const events = await eventsOf("one");
        await jobs.addWarnings("one", [{ code: "LATE", message: "too late" }]);
        await jobs.setPlan("one", { templateId: "x" }, [{ type: "job.compiled", data: {} }]);
        assert.deepEqual(await eventsOf("one"), events);
        assert.equal((await jobs.find(null, "one"))?.plan, null);
      });
    });

    describe("retrying", () => {
      test("failed rows are made again in a new round, and done ones stay", async () => {
        await startJob(jobs, "one", 5);
        await jobs.claimRows("one", { round: 1, first: 2, last: 5, token: "a" });
        const results = [doneResult(2), failedResult(3), failedResult(4)];
        await jobs.settleRows("one", { round: 1, token: "a", results });
        const error = { code: "SPEECH_FAILED", message: "the provider is down" };
        await jobs.end("one", { state: "failed", error });
        now += 11;
        const retried = await jobs.retry("one");
        const progress = { total: 5, done: 1, failed: 0, skipped: 0 };
        assert.equal(retried?.rows, 4);
        assert.deepEqual(retried.job, await jobs.find(null, "one"));
        const { state, round, error: left, updatedAt } = retried.job;
        assert.deepEqual([state, round, left, updatedAt], ["queued", 2, null, now]);
        assert.deepEqual(retried.job.progress, progress);
        assert.deepEqual(await statesOf("one"), ["done", ...Array(4).fill("pending")]);
        const row = await jobs.recipient("one", 3);
        assert.deepEqual([row?.reason, row?.file], ["", "Name_3.mp4"]);
        const [last] = (await eventsOf("one")).slice(-1);
        assert.deepEqual([last?.type, last?.data], ["job.queued", { progress }]);
        assert.deepEqual((await jobs.begin("one", 2))?.progress, progress);
      });

      test("work of an earlier round has no effect", async () => {
        await startJob(jobs, "one", 2);
        await jobs.claimRows("one", { round: 1, first: 2, last: 3, token: "old" });
        await jobs.end("one", { state: "failed", error: null });
        await jobs.retry("one");
        await jobs.begin("one", 2);
        await jobs.claimRows("one", { round: 2, first: 2, last: 3, token: "new" });
        const late = { token: "old", results: [doneResult(2)] };
        assert.equal(await jobs.settleRows("one", { round: 1, ...late }), null);
        assert.equal((await jobs.settleRows("one", { round: 2, ...late }))?.done, 0);
        assert.deepEqual(
          await jobs.claimRows("one", { round: 1, first: 2, last: 3, token: "old" }),
          [],
        );
        assert.equal(await jobs.begin("one", 1), null);
        assert.equal(await jobs.end("one", { state: "done", error: null, round: 1 }), null);
      });

      test("a job that failed before its sheet was read can be retried", async () => {
        await jobs.create(newJob("one"));
        await jobs.end("one", { state: "failed", error: { code: "NO_AUDIO", message: "none" } });
        assert.equal((await jobs.retry("one"))?.rows, 0);
      });

      test("a job that has not ended, or never was, is not retried", async () => {
        await startJob(jobs, "one", 1);
        assert.equal(await jobs.retry("one"), null);
        assert.equal(await jobs.retry("none"), null);
        assert.deepEqual(await typesOf("one"), ["job.queued", "job.running"]);
      });

      test("more failed rows than one statement changes are all made again", async () => {
        await jobs.create(newJob("one"));
        const recipients = newRecipients(5100);
        await jobs.addRecipients("one", recipients.slice(0, 5000));
        await jobs.addRecipients("one", recipients.slice(5000));
        await jobs.begin("one", 1);
        for (const part of [recipients.slice(0, 5000), recipients.slice(5000)]) {
          const [first = 0, last = 0] = [part[0]?.row, part.at(-1)?.row];
          await jobs.claimRows("one", { round: 1, first, last, token: "a" });
          const results = part.map(({ row }) => failedResult(row));
          await jobs.settleRows("one", { round: 1, token: "a", results });
        }
        await jobs.end("one", { state: "failed", error: null });
        const [retried, again] = await Promise.all([jobs.retry("one"), jobs.retry("one")]);
        const [only] = [retried, again].filter((result) => result !== null);
        assert.ok(retried === null || again === null, "retried once");
        assert.deepEqual([only?.rows, only?.job.progress.failed, only?.job.round], [5100, 0, 2]);
      });
    });

    describe("what is noted while a job goes on", () => {
      test("warnings are kept and told, each once", async () => {
        const [first, second] = ["one", "two"].map((message) => ({ code: "IGNORED", message }));
        assert.ok(first && second);
        await jobs.create(newJob("one", { warnings: [first] }));
        await jobs.addWarnings("one", [first, second, second]);
        assert.deepEqual((await jobs.find(null, "one"))?.warnings, [first, second]);
        const events = await jobs.events("one", 1, 10);
        assert.deepEqual(
          events.map(({ type, data }) => [type, data]),
          [["job.warning", second]],
        );
      });

      test("a plan is kept with the events that come with it", async () => {
        await jobs.create(newJob("one"));
        const event = { type: "job.compiled" as const, data: { seconds: 1.5 } };
        await jobs.setPlan("one", { templateId: "compiled" }, [event]);
        assert.deepEqual((await jobs.find(null, "one"))?.plan, { templateId: "compiled" });
        const [compiled] = await jobs.events("one", 1, 10);
        assert.deepEqual([compiled?.seq, compiled?.type], [2, "job.compiled"]);
      });

      test("events can be read from any number on, in portions", async () => {
        await startJob(jobs, "one", 1);
        await jobs.end("one", { state: "done", error: null });
        const seqs = (events: JobEvent[]) => events.map(({ seq }) => seq);
        assert.deepEqual(seqs(await jobs.events("one", 0, 2)), [1, 2]);
        assert.deepEqual(seqs(await jobs.events("one", 2, 2)), [3]);
        assert.deepEqual(seqs(await jobs.events("one", 3, 2)), []);
      });

      test("templates of kept renditions and of unfinished jobs are in use", async () => {
        const plan = (templateId: string) => ({ plan: { templateId } });
        await jobs.create(newJob("kept", { ...plan("a"), keeps: "renditions" }));
        await jobs.create(newJob("files", plan("b")));
        await jobs.create(newJob("goes on", plan("c")));
        await jobs.create(newJob("no plan"));
        for (const id of ["kept", "files"]) await jobs.end(id, { state: "done", error: null });
        assert.deepEqual(await jobs.templatesInUse(), new Set(["a", "c"]));
      });
    });

    describe("keeping and removing", () => {
      test("unfinished jobs are told after a restart", async () => {
        await jobs.create(newJob("queued"));
        await startJob(jobs, "running", 3);
        await startJob(jobs, "ended", 1);
        await jobs.end("ended", { state: "done", error: null });
        const found = await jobs.unfinished();
        assert.deepEqual(
          found.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
          [
            {
              id: "queued",
              round: 1,
              state: "queued",
              progress: { total: 0, done: 0, failed: 0, skipped: 0 },
            },
            {
              id: "running",
              round: 1,
              state: "running",
              progress: { total: 3, done: 0, failed: 0, skipped: 0 },
            },
          ],
        );
      });

      test("ended jobs are told by the age of their end, with or without uploads", async () => {
        for (const id of ["one", "two", "three"]) {
          await jobs.create(newJob(id));
          now += 10;
          if (id !== "three") await jobs.end(id, { state: "done", error: null });
        }
        const [ended, end] = [START + 10, START + 20];
        const idsOf = (found: { id: string }[]) => found.map(({ id }) => id).toSorted();
        assert.deepEqual(idsOf(await jobs.endedBefore(ended, 9)), []);
        assert.deepEqual(idsOf(await jobs.endedBefore(end, 9)), ["one"]);
        assert.deepEqual(idsOf(await jobs.endedBefore(end + 1, 9)), ["one", "two"]);
        assert.equal((await jobs.endedBefore(end + 1, 1)).length, 1);

        now += 1000;
        await jobs.forgetInput("one");
        assert.deepEqual(idsOf(await jobs.withInputBefore(end + 1, 9)), ["two"]);
        const one = await jobs.find(null, "one");
        assert.deepEqual([one?.base.key, one?.updatedAt], [null, ended]);
      });

      test("a base template's file stays known when a job's uploads are forgotten", async () => {
        const base = {
          key: "template/base.mp4",
          hash: "a",
          name: "base.mp4",
          templateId: "template",
        };
        await jobs.create(newJob("one", { base }));
        await jobs.forgetInput("one");
        assert.deepEqual((await jobs.find(null, "one"))?.base, base);
        await jobs.setBase("one", { ...base, key: null });
        assert.deepEqual((await jobs.find(null, "one"))?.base, { ...base, key: null });
      });

      test("existing jobs are told from others, however many are asked for", async () => {
        for (const id of ["one", "two"]) await jobs.create(newJob(id));
        const others = Array.from({ length: 1500 }, (_, index) => `other ${index}`);
        assert.deepEqual(await jobs.existing(["two", ...others, "one"]), new Set(["one", "two"]));
        assert.deepEqual(await jobs.existing([]), new Set());
      });

      test("nothing is left of a removed job, and other jobs stay", async () => {
        await subject.webhooks.create(webhook("hook", "acme"));
        const consent = { sample: "s", hash: "h", kind: "attestation" as const };
        const spoken = { speaker: null, scope: null, keyId: "key" };
        for (const id of ["one", "two"]) {
          await startJob(jobs, id, 2, { consent: { ...consent, ...spoken } });
          await jobs.end(id, { state: "done", error: null });
        }
        await jobs.remove("one");
        await jobs.remove("one");
        assert.equal(await jobs.find(null, "one"), null);
        assert.equal(await jobs.consentOf("one"), null);
        assert.deepEqual(await eventsOf("one"), []);
        assert.deepEqual((await jobs.recipients("one", { limit: 10 })).items, []);
        const { items } = await subject.webhooks.deliveries("hook", { limit: 10 });
        assert.deepEqual(
          items.map(({ jobId }) => jobId),
          ["two"],
        );
        assert.equal((await jobs.recipients("two", { limit: 10 })).items.length, 2);
        assert.equal((await eventsOf("two")).length, 3);
        assert.ok(await jobs.consentOf("two"));
      });
    });

    describe("the outbox", () => {
      const deliveriesOf = async (id: string) =>
        (await subject.webhooks.deliveries(id, { limit: 100 })).items;

      test("each webhook of the tenant is to be told what it asked for", async () => {
        await subject.webhooks.create(webhook("all", "acme"));
        await subject.webhooks.create({ ...webhook("ends", "acme"), events: ["job.failed"] });
        await subject.webhooks.create(webhook("foreign", "other"));
        await startJob(jobs, "one", 2);
        await jobs.claimRows("one", { round: 1, first: 2, last: 3, token: "a" });
        const results = [doneResult(2), failedResult(3)];
        await jobs.settleRows("one", { round: 1, token: "a", results });
        const error = { code: "SPEECH_FAILED", message: "the provider is down" };
        now += 500;
        const job = await jobs.end("one", { state: "failed", error });
        assert.deepEqual(await deliveriesOf("foreign"), []);
        const [failed, recipient, ...more] = await deliveriesOf("all");
        assert.deepEqual([failed?.event, recipient?.event], ["job.failed", "recipient.failed"]);
        assert.deepEqual(more, []);
        assert.deepEqual(JSON.parse(failed?.body ?? ""), {
          id: failed?.id,
          type: "job.failed",
          created_at: now / 1000,
          job_id: "one",
          data: { progress: job?.progress, error },
        });
        assert.deepEqual(JSON.parse(recipient?.body ?? "").data, {
          row: 3,
          name: "Name 3",
          reason: "the voice failed",
        });
        const [only, ...others] = await deliveriesOf("ends");
        assert.deepEqual([only?.event, others], ["job.failed", []]);
        assert.notEqual(only?.id, failed?.id);
      });

      test("a settlement that is refused leaves nothing to be told", async () => {
        await subject.webhooks.create(webhook("all", "acme"));
        await startJob(jobs, "one", 1);
        await jobs.claimRows("one", { round: 1, first: 2, last: 2, token: "a" });
        await jobs.claimRows("one", { round: 1, first: 2, last: 2, token: "b" });
        await jobs.settleRows("one", { round: 1, token: "a", results: [failedResult(2)] });
        assert.deepEqual(await deliveriesOf("all"), []);
        assert.deepEqual(await typesOf("one"), ["job.queued", "job.running"]);
      });
    });
  });
}

function webhook(id: string, tenant: string) {
  return {
    id,
    tenant,
    url: "https://example.com/hook",
    events: ["job.done", "job.failed", "recipient.failed"] as const,
    sealedSecret: "sealed",
    createdAt: START,
  };
}
