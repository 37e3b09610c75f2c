import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { after, before, test } from "node:test";
import { taskQueueConformance } from "../../test/conformance/task-queue.ts";
import { openSqlite } from "../database/open-sqlite.ts";
import type { Clock } from "../ports/clock.ts";
import { migrateQueue } from "./queue-tables.ts";
import { createSqliteQueue } from "./sqlite-queue.ts";

let root = "";
let files = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "sqlite-queue-test-"));
});
after(() => rm(root, { recursive: true }));

const newFile = () => join(root, `${files++}.db`);

async function open(file: string, clock: Clock = Date.now) {
  const db = openSqlite<object>({ file });
  await migrateQueue(db);
  return { queue: createSqliteQueue({ db, clock }), close: () => db.destroy() };
}

taskQueueConformance("the SQLite queue", ({ clock }) => open(newFile(), clock));

const request = { kinds: ["render"], count: 1, owner: "a", leaseMs: 30_000 };

test("tasks outlast the process: reopened, the queue has what it had", async () => {
  const file = newFile();
  const first = await open(file);
  await first.queue.enqueue([{ kind: "render", key: "k", group: "g", payload: { row: 7 } }]);
  await first.close();
  const second = await open(file);
  const [task] = await second.queue.claim(request);
  assert.deepEqual(task?.payload, { row: 7 });
  await second.close();
});

test("of the dead tasks the newest thousand are kept", async () => {
  const { queue, close } = await open(newFile());
  await queue.enqueue(
    Array.from({ length: 1005 }, (_, i) => ({
      kind: "render",
      key: `${i}`,
      group: "g",
      payload: {},
    })),
  );
  for (const task of await queue.claim({ ...request, count: 1005 })) await queue.bury(task, "no");
  assert.equal((await queue.stats()).dead, 1000);
  await close();
});

test("a claim among 10,000 tasks of 100 groups takes hardly longer than one among 100", async () => {
  const queues = await Promise.all([open(newFile()), open(newFile())]);
  const times: number[][] = [[], []];
  for (const [index, tasks] of [10_000, 100].entries()) {
    const { queue } = queues[index] ?? assert.fail();
    await queue.setLimit("voice", { concurrency: 1000 });
    await queue.enqueue(
      Array.from({ length: tasks }, (_, i) => ({
        kind: "render",
        key: `${i}`,
        group: `g${i % 100}`,
        payload: { row: i },
        limit: "voice",
      })),
    );
  }
  // Each in turn, so that what else the machine does slows down both.
  for (let claims = 0; claims < 100; claims++) {
    for (const [index, { queue }] of queues.entries()) {
      const began = performance.now();
      assert.equal((await queue.claim(request)).length, 1);
      times[index]?.push(performance.now() - began);
    }
  }
  const [large, small] = times.map((of) => of.toSorted((a, b) => a - b)[25] ?? Number.NaN);
  assert.ok((large ?? 0) < 2.5 * (small ?? 0), `${large} ms, ${small} ms`);
  for (const { close } of queues) await close();
});
