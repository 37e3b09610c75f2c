/**
 * A process that shares a database file with others: creates jobs, claims chunks of one job and
 * settles them, and tells its parent of each thing that was committed. Arguments: file, job id, a
 * name for this process, jobs to create, and whether to work in reverse.
 */
import { doneResult, failedResult, newJob } from "../../../test/support/made-up-jobs.ts";
import { openDatabase } from "../open-database.ts";

export type WorkerMessage =
  | { kind: "created"; id: string; created: boolean }
  | { kind: "settled"; claimed: number; done: number }
  | { kind: "finished" };

const [file = "", jobId = "", name = "", count = "", order = ""] = process.argv.slice(2);
process.on("disconnect", () => process.exit());
const tell = (message: WorkerMessage) =>
  new Promise((resolve) => process.send?.(message, undefined, {}, resolve));

const { jobs, close } = await openDatabase({ file, clock: Date.now });
for (let i = 0; i < Number(count); i++) {
  const key = { key: `request ${i}`, fingerprint: "same" };
  const { job, created } = await jobs.create(newJob(`${name}-${i}`), key);
  await tell({ kind: "created", id: job.id, created });
}
const chunks = await jobs.chunks(jobId, 20);
if (order === "reverse") chunks.reverse();
for (const { first, last } of chunks) {
  const token = `${name} ${first}`;
  const claimed = await jobs.claimRows(jobId, { round: 1, first, last, token });
  const results = claimed.map(({ row }) =>
    row % 5 === 0 ? failedResult(row) : doneResult(row, { key: token }),
  );
  const progress = await jobs.settleRows(jobId, { round: 1, token, results });
  await tell({ kind: "settled", claimed: claimed.length, done: progress?.done ?? -1 });
}
await tell({ kind: "finished" });
await close();
process.disconnect?.();
