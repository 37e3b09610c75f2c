import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeJob } from "./testing/fake-service.ts";
import { BASE, postForm, SHEET, startServer } from "./testing/running-server.ts";

test("a job is created with its idempotency key and answered as queued, also when it is known", async (t) => {
  const { url, service } = await startServer(t);
  const answer = await postForm(`${url}/jobs`, [BASE, SHEET], { "idempotency-key": "key-1" });
  assert.deepEqual([answer.status, await answer.json()], [200, { job_id: "j1", status: "queued" }]);
  assert.equal(service.lastGiven()["idempotencyKey"], "key-1");
  await postForm(`${url}/jobs`, [BASE, SHEET]);
  assert.equal(service.lastGiven()["idempotencyKey"], null);
});

test("an idempotency key that is too long is refused with its place", async (t) => {
  const { url } = await startServer(t);
  const headers = { "idempotency-key": "k".repeat(201) };
  const answer = await postForm(`${url}/jobs`, [BASE, SHEET], headers);
  assert.equal(answer.status, 422);
  const { detail } = (await answer.json()) as { detail: { loc: string[] }[] };
  assert.deepEqual(detail[0]?.loc, ["header", "idempotency-key"]);
});

test("a job is told as by the original API, with what was added", async (t) => {
  const { url } = await startServer(t);
  assert.deepEqual(await (await fetch(`${url}/jobs/j1`)).json(), {
    job_id: "j1",
    status: "done",
    created_at: 1_739_020_000.123,
    updated_at: 1_739_020_001,
    error: null,
    error_code: null,
    download_url: "/jobs/j1/download",
    progress: { total: 3, done: 2, failed: 1, skipped: 0 },
    warnings: [{ code: "FALLBACK", message: "gtts cannot be reached" }],
    base_name: "greeting.mp4",
    template_id: null,
    insert_mode: "gold",
    keeps: "files",
    round: 1,
  });
});

test("a job that failed says why and has nothing to download", async (t) => {
  const { url, service } = await startServer(t);
  const error = { code: "NO_SPEECH", message: "nobody speaks" };
  service.jobs.get = async () => fakeJob({ state: "failed", error, options: {} });
  const body = (await (await fetch(`${url}/jobs/j1`)).json()) as Record<string, unknown>;
  assert.deepEqual(
    [body["status"], body["error"], body["error_code"], body["insert_mode"]],
    ["failed", "nobody speaks", "NO_SPEECH", null],
  );
  assert.ok(!("download_url" in body));
});

test("an unknown job is not found in the contract's words", async (t) => {
  const { url } = await startServer(t);
  const answers = [
    fetch(`${url}/jobs/x`),
    fetch(`${url}/jobs/x`, { method: "DELETE" }),
    fetch(`${url}/jobs/x/retry`, { method: "POST" }),
    fetch(`${url}/jobs/x/download`),
    fetch(`${url}/jobs/x/recipients`),
  ];
  for (const answer of await Promise.all(answers)) {
    assert.equal(answer.status, 404);
    const body = (await answer.json()) as { detail: string; error: string };
    assert.deepEqual([body.detail, body.error], ["job not found", "NOT_FOUND"]);
  }
});

test("jobs are listed in pages, by state", async (t) => {
  const { url, service } = await startServer(t);
  const answer = await fetch(`${url}/jobs?state=done&cursor=c&limit=5&other=1`);
  const { jobs, next_cursor } = (await answer.json()) as {
    jobs: { job_id: string }[];
    next_cursor: string;
  };
  assert.deepEqual([jobs.map((job) => job.job_id), next_cursor], [["j1"], "more"]);
  await fetch(`${url}/jobs?state=&cursor=`);
  assert.deepEqual(
    service.calls.map(({ given }) => given),
    [{ state: "done", cursor: "c", limit: 5 }, { limit: 50 }],
  );
});

test("a query that is not allowed is refused with its place", async (t) => {
  const { url } = await startServer(t);
  for (const [query, field, type] of [
    ["limit=0", "limit", "greater_than_equal"],
    ["limit=201", "limit", "less_than_equal"],
    ["limit=x", "limit", "float_parsing"],
    ["limit=1.5", "limit", "int_from_float"],
    ["state=lost", "state", "enum"],
  ]) {
    const answer = await fetch(`${url}/jobs?${query}`);
    assert.equal(answer.status, 422, query);
    const body = (await answer.json()) as { detail: { loc: string[]; type: string }[] };
    assert.deepEqual([body.detail[0]?.loc, body.detail[0]?.type], [["query", field], type]);
  }
});

test("a job is cancelled, or removed when that is asked for", async (t) => {
  const { url, service } = await startServer(t);
  const cancelled = await fetch(`${url}/jobs/j1`, { method: "DELETE" });
  assert.equal(((await cancelled.json()) as { status: string }).status, "cancelled");
  const kept = await fetch(`${url}/jobs/j1?purge=false`, { method: "DELETE" });
  assert.equal(kept.status, 200);
  assert.deepEqual(service.calls, []);
  const purged = await fetch(`${url}/jobs/j1?purge=true`, { method: "DELETE" });
  assert.deepEqual([purged.status, await purged.text()], [204, ""]);
  assert.deepEqual(service.calls, [{ name: "jobs.purge", given: "j1" }]);
});

test("a retry is accepted with the number of rows", async (t) => {
  const { url } = await startServer(t);
  const answer = await fetch(`${url}/jobs/j1/retry`, { method: "POST" });
  assert.equal(answer.status, 202);
  assert.deepEqual(await answer.json(), { job_id: "j1", status: "queued", rows: 3 });
});

test("the ZIP is a download named after its job, in ranges too", async (t) => {
  const { url } = await startServer(t);
  const answer = await fetch(`${url}/jobs/j1/download`);
  assert.equal(await answer.text(), "PK-zip");
  assert.equal(answer.headers.get("content-type"), "application/zip");
  assert.equal(answer.headers.get("content-disposition"), 'attachment; filename="j1.zip"');
  const part = await fetch(`${url}/jobs/j1/download`, { headers: { range: "bytes=3-" } });
  assert.deepEqual([part.status, await part.text()], [206, "zip"]);
  const head = await fetch(`${url}/jobs/j1/download`, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), "6");
});
