import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { BaseStore, BaseTemplate } from "../../src/ports/base-store.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { JobStore } from "../../src/ports/job-store.ts";
import { newJob } from "../support/made-up-jobs.ts";

export type BaseStoreSubject = {
  bases: BaseStore;
  /** On the same data: its jobs use the templates. */
  jobs: JobStore;
  close(): Promise<void>;
};

const START = 1_739_020_000_123;

/** What every base store must keep to. `open` is called for each test and gives an empty store. */
export function baseStoreConformance(
  name: string,
  open: (clock: Clock) => Promise<BaseStoreSubject>,
): void {
  describe(`${name} is a base store`, () => {
    let subject: BaseStoreSubject;
    let bases: BaseStore;
    let now = START;
    beforeEach(async () => {
      now = START;
      subject = await open(() => now);
      bases = subject.bases;
    });
    afterEach(() => subject.close());

    test("a template comes back as it was made, to its tenant and the service alone", async () => {
      await bases.create(template("one"));
      assert.deepEqual(await bases.find("acme", "one"), template("one"));
      assert.deepEqual(await bases.find(null, "one"), template("one"));
      assert.equal(await bases.find("other", "one"), null);
      assert.equal(await bases.find("acme", "two"), null);
    });

    test("templates are listed newest first, page by page, to their tenant", async () => {
      for (const [index, id] of ["a", "b", "c", "d", "e"].entries()) {
        await bases.create({ ...template(id), createdAt: START + Math.floor(index / 2) });
      }
      await bases.create({ ...template("f"), tenant: "other" });
      const first = await bases.list("acme", { limit: 3 });
      assert.ok(first.next);
      const second = await bases.list("acme", { limit: 3, cursor: first.next });
      assert.equal(second.next, null);
      const ids = [...first.items, ...second.items].map(({ id }) => id);
      assert.deepEqual(ids, ["e", "d", "c", "b", "a"]);
      await assert.rejects(bases.list("acme", { limit: 3, cursor: "x" }), {
        code: "INVALID_OPTION",
      });
    });

    test("a template becomes ready with a plan, or fails with a reason", async () => {
      for (const id of ["one", "two", "three"]) await bases.create(template(id));
      now += 50;
      await bases.setReady("one", { templateId: "compiled" });
      const error = { code: "NO_SPEECH", message: "no speech was found" };
      await bases.setFailed("two", error);
      assert.deepEqual(await bases.find(null, "one"), {
        ...template("one"),
        state: "ready",
        plan: { templateId: "compiled" },
        updatedAt: now,
      });
      assert.deepEqual(await bases.find(null, "two"), {
        ...template("two"),
        state: "failed",
        error,
        updatedAt: now,
      });
      assert.deepEqual(await bases.queued(), ["three"]);
      assert.deepEqual(await bases.templatesInUse(), new Set(["compiled"]));
    });

    test("a template that failed and then works has no error any more", async () => {
      await bases.create(template("one"));
      await bases.setFailed("one", { code: "WORKER_CRASHED", message: "crashed" });
      await bases.setReady("one", { templateId: "compiled" });
      assert.equal((await bases.find(null, "one"))?.error, null);
    });

    test("a template is removed by its tenant alone", async () => {
      await bases.create(template("one"));
      assert.equal(await bases.remove("other", "one"), false);
      assert.ok(await bases.find(null, "one"));
      assert.equal(await bases.remove("acme", "one"), true);
      assert.equal(await bases.find(null, "one"), null);
      assert.equal(await bases.remove("acme", "one"), false);
    });

    test("a template stays while a job that uses it has not ended", async () => {
      const { jobs } = subject;
      await bases.create(template("one"));
      const base = { key: "one/base.mp4", hash: "a", name: "base.mp4", templateId: "one" };
      await jobs.create(newJob("job", { base }));
      await assert.rejects(bases.remove("acme", "one"), { code: "TEMPLATE_IN_USE" });
      await jobs.begin("job", 1);
      await assert.rejects(bases.remove("acme", "one"), { code: "TEMPLATE_IN_USE" });
      assert.deepEqual(await bases.find(null, "one"), template("one"));
      await jobs.end("job", { state: "done", error: null });
      assert.equal(await bases.remove("acme", "one"), true);
    });

    test("existing templates are told from others, however many are asked for", async () => {
      for (const id of ["one", "two"]) await bases.create(template(id));
      const others = Array.from({ length: 1500 }, (_, index) => `other ${index}`);
      assert.deepEqual(await bases.existing([...others, "two"]), new Set(["two"]));
    });
  });
}

function template(id: string): BaseTemplate {
  return {
    id,
    tenant: "acme",
    state: "queued",
    error: null,
    name: "पिता.mp4",
    key: `${id}/base.mp4`,
    hash: "d".repeat(64),
    sizeBytes: 5_000_000_000,
    options: { text: "{name}", silenceDb: -30.5 },
    plan: null,
    createdAt: START,
    updatedAt: START,
  };
}
