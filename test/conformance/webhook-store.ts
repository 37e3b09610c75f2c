import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Clock } from "../../src/ports/clock.ts";
import type { JobStore } from "../../src/ports/job-store.ts";
import type { Webhook, WebhookStore } from "../../src/ports/webhook-store.ts";
import { failedResult, startJob } from "../support/made-up-jobs.ts";

export type WebhookStoreSubject = {
  webhooks: WebhookStore;
  /** On the same data: it writes the deliveries. */
  jobs: JobStore;
  close(): Promise<void>;
};

const START = 1_739_020_000_123;

/** What every webhook store must keep to. `open` is called for each test and gives an empty store. */
export function webhookStoreConformance(
  name: string,
  open: (clock: Clock) => Promise<WebhookStoreSubject>,
): void {
  describe(`${name} is a webhook store`, () => {
    let subject: WebhookStoreSubject;
    let webhooks: WebhookStore;
    let now = START;

    beforeEach(async () => {
      now = START;
      subject = await open(() => now);
      webhooks = subject.webhooks;
    });
    afterEach(() => subject.close());

    /** A job that ended with as many failures. */
    async function failJob(id: string, rows: number): Promise<void> {
      const { jobs } = subject;
      await startJob(jobs, id, rows);
      await jobs.claimRows(id, { round: 1, first: 2, last: rows + 1, token: "a" });
      const results = Array.from({ length: rows }, (_, index) => failedResult(index + 2));
      await jobs.settleRows(id, { round: 1, token: "a", results });
      await jobs.end(id, { state: "failed", error: null });
    }

    test("a webhook comes back as it was made, to its tenant and the service alone", async () => {
      const made = webhook("one");
      await webhooks.create(made);
      await webhooks.create({ ...webhook("two"), tenant: "other" });
      assert.deepEqual(await webhooks.find("acme", "one"), made);
      assert.deepEqual(await webhooks.find(null, "one"), made);
      assert.equal(await webhooks.find("other", "one"), null);
      assert.deepEqual(await webhooks.list("acme"), [made]);
    });

    test("only its tenant removes a webhook, and its deliveries go with it", async () => {
      await webhooks.create(webhook("one"));
      await failJob("job", 1);
      const [id = ""] = await webhooks.pending(1);
      assert.equal(await webhooks.remove("other", "one"), false);
      assert.ok(await webhooks.findDelivery(id));
      assert.equal(await webhooks.remove("acme", "one"), true);
      assert.equal(await webhooks.find(null, "one"), null);
      assert.equal(await webhooks.findDelivery(id), null);
      assert.deepEqual(await webhooks.pending(9), []);
      assert.equal(await webhooks.remove("acme", "one"), false);
    });

    test("deliveries are made oldest first and listed newest first, page by page", async () => {
      await webhooks.create(webhook("one"));
      await webhooks.create({ ...webhook("two"), events: ["job.done"] });
      await failJob("a", 3);
      now += 1;
      await failJob("b", 1);
      const bodies = async (ids: readonly string[]) => {
        const found = await Promise.all(ids.map((id) => webhooks.findDelivery(id)));
        return found.map((delivery) => {
          const { data } = JSON.parse(delivery?.body ?? "");
          return `${delivery?.jobId} ${data.row ?? "end"}`;
        });
      };
      const oldestFirst = ["a 2", "a 3", "a 4", "a end", "b 2", "b end"];
      assert.deepEqual(await bodies(await webhooks.pending(99)), oldestFirst);
      assert.deepEqual(await bodies(await webhooks.pending(2)), oldestFirst.slice(0, 2));
      const first = await webhooks.deliveries("one", { limit: 3 });
      assert.ok(first.next);
      const second = await webhooks.deliveries("one", { limit: 3, cursor: first.next });
      const listed = [...first.items, ...second.items].map(({ id }) => id);
      assert.deepEqual(await bodies(listed), oldestFirst.toReversed());
      assert.equal(second.next, null);
      assert.deepEqual((await webhooks.deliveries("two", { limit: 3 })).items, []);
    });

    test("a cursor that is none is refused", async () => {
      await assert.rejects(webhooks.deliveries("one", { limit: 1, cursor: "x" }), {
        code: "INVALID_OPTION",
      });
    });

    test("every attempt is counted, and its outcome noted", async () => {
      await webhooks.create(webhook("one"));
      await failJob("job", 1);
      const [first = "", second = ""] = await webhooks.pending(9);
      const fresh = await webhooks.findDelivery(first);
      const { state, attempts, lastStatus, lastError, createdAt } = fresh ?? {};
      assert.deepEqual(
        [state, attempts, lastStatus, lastError, createdAt],
        ["pending", 0, null, null, START],
      );
      now += 30;
      await webhooks.noteAttempt(first, { state: "pending", status: null, error: "no answer" });
      assert.deepEqual(await webhooks.findDelivery(first), {
        ...fresh,
        attempts: 1,
        lastError: "no answer",
        updatedAt: now,
      });
      assert.deepEqual(await webhooks.pending(9), [first, second]);
      await webhooks.noteAttempt(first, { state: "delivered", status: 204, error: null });
      await webhooks.noteAttempt(second, { state: "failed", status: 410, error: "gone" });
      assert.deepEqual(await webhooks.findDelivery(first), {
        ...fresh,
        state: "delivered",
        attempts: 2,
        lastStatus: 204,
        updatedAt: now,
      });
      assert.deepEqual(await webhooks.pending(9), []);
    });

    test("a delivery that never was is not found", async () => {
      assert.equal(await webhooks.findDelivery("none"), null);
    });
  });
}

function webhook(id: string): Webhook {
  return {
    id,
    tenant: "acme",
    url: "https://example.com/hook?a=1&b=ü",
    events: ["recipient.failed", "job.failed"],
    sealedSecret: "sealed",
    createdAt: START,
  };
}
