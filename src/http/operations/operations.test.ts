import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metric } from "../../ports/metric-store.ts";
import type { QueueStats } from "../../ports/task-queue.ts";
import { createRouteApp } from "../testing/route-app.ts";
import { createMetrics } from "./create-metrics.ts";
import { type HealthOptions, registerHealthRoutes } from "./health-routes.ts";

function createHealthApp(options: Partial<HealthOptions> = {}) {
  const app = createRouteApp();
  registerHealthRoutes(app, { version: "1.2.3", checks: {}, ...options });
  return app;
}

const queue: QueueStats = {
  ready: { render: 3, compile: 1 },
  delayed: { deliver: 2 },
  leased: {},
  lagMs: 1500,
  dead: 1,
};

function createMetricsApp(sample: () => Promise<{ queue: QueueStats; metrics: Metric[] }>) {
  const app = createRouteApp();
  const metrics = createMetrics({ sample });
  metrics.measure(app);
  metrics.addRoute(app);
  app.get("/jobs/:job_id", async () => "job");
  return app;
}

test("health is told as the published API tells it, under both its paths", async () => {
  const app = createHealthApp();
  for (const url of ["/health", "/api/health"]) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json(), {
      ...{ status: "healthy", version: "1.2.3", gpu_available: false, gpu_info: null },
    });
  }
});

test("it is ready when every check succeeds", async () => {
  const app = createHealthApp({ checks: { database: async () => 1, storage: async () => {} } });
  const answer = await app.inject("/ready");
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), {
    ...{ status: "ready", checks: { database: "ok", storage: "ok" } },
  });
});

test("it is not ready while a check fails or does not answer, and says which, but not why", async () => {
  const app = createHealthApp({
    checks: {
      database: async () => {
        throw new Error("canary /var/lib/data");
      },
      storage: () => new Promise(() => {}),
      other: async () => {},
    },
    checkTimeoutMs: 20,
  });
  const answer = await app.inject("/ready");
  assert.equal(answer.statusCode, 503);
  assert.deepEqual(answer.json(), {
    status: "not ready",
    checks: { database: "failed", storage: "failed", other: "ok" },
  });
  assert.equal((await app.inject("/health")).statusCode, 200);
});

test("requests are measured by route, so that made-up paths make no series", async () => {
  const app = createMetricsApp(async () => ({ queue, metrics: [] }));
  await app.inject("/jobs/1");
  await app.inject("/jobs/2");
  await app.inject("/made/up");
  const { body, headers } = await app.inject("/metrics");
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/u);
  const counted = (route: string, status: number) =>
    `vocative_http_request_seconds_count{method="GET",route="${route}",status="${status}"}`;
  assert.ok(body.includes(`${counted("/jobs/:job_id", 200)} 2\n`), body);
  assert.ok(body.includes(`${counted("none", 404)} 1\n`));
  assert.doesNotMatch(body, /made/u);
  assert.match(body, /^process_cpu_seconds_total /mu);
  await app.close();
});

test("the queue and the service's counters are told as they stand at the scrape", async () => {
  let rows = 41;
  const app = createMetricsApp(async () => ({
    queue,
    metrics: [
      { name: "recipients_total", labels: { state: "done" }, value: ++rows },
      { name: "recipients_total", labels: { state: 'a"\\\nb' }, value: 1 },
      { name: "bytes-stored", labels: {}, value: 5 },
    ],
  }));
  await app.inject("/metrics");
  const { body } = await app.inject("/metrics");
  for (const line of [
    "vocative_sample_up 1",
    'vocative_queue_tasks{state="ready",kind="render"} 3',
    'vocative_queue_tasks{state="delayed",kind="deliver"} 2',
    "vocative_queue_lag_seconds 1.5",
    "vocative_queue_dead_tasks 1",
    "# TYPE vocative_recipients_total counter",
    'vocative_recipients_total{state="done"} 43',
    'vocative_recipients_total{state="a\\"\\\\\\nb"} 1',
    "vocative_bytes_stored 5",
  ]) {
    assert.ok(body.includes(`\n${line}\n`), `${line} in ${body}`);
  }
  const names = [...body.matchAll(/^# TYPE (\S+)/gmu)].map((match) => match[1]);
  assert.equal(new Set(names).size, names.length);
  for (const line of body.trimEnd().split("\n")) {
    assert.match(line, /^(?:# .*|[a-z_]\w*(?:\{.*\})? (?:-?[\d.e+-]+|NaN)|)$/iu);
  }
  await app.close();
});

test("a database that is down does not hide what the process knows of itself", async () => {
  const app = createMetricsApp(async () => {
    throw new Error("no database");
  });
  const { statusCode, body } = await app.inject("/metrics");
  assert.equal(statusCode, 200);
  assert.match(body, /^vocative_sample_up 0$/mu);
  assert.match(body, /^process_cpu_seconds_total /mu);
  await app.close();
});
