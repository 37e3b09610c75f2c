import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { Metric } from "../../ports/metric-store.ts";
import type { QueueStats } from "../../ports/task-queue.ts";
import { sampledMetrics } from "./sampled-metrics.ts";

export type Metrics = {
  /** Measures the requests of all routes of `app`, which is the whole server. */
  measure(app: FastifyInstance): void;
  /** Adds GET /metrics. */
  addRoute(app: FastifyInstance): void;
};

/** From a status query to an upload of minutes. */
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

/**
 * What operators watch, in Prometheus' text format: this process, its HTTP requests, and the queue
 * and counters of the service as a whole.
 * @param options.sample How the service stands, asked at every scrape.
 */
export function createMetrics({
  sample,
}: {
  sample: () => Promise<{ queue: QueueStats; metrics: Metric[] }>;
}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "vocative_http_request_seconds",
    help: "HTTP requests by route, until the answer was sent",
    labelNames: ["method", "route", "status"],
    buckets: SECONDS_BUCKETS,
    registers: [registry],
  });

  return {
    measure(app) {
      app.addHook("onResponse", async (request, reply) => {
        const { method, routeOptions } = request;
        // Never the path itself: whoever makes paths up would make up as many time series.
        const route = request.is404 ? "none" : (routeOptions.url ?? "none");
        requests.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
      });
      app.addHook("onClose", async () => registry.clear());
    },

    addRoute(app) {
      app.get(
        "/metrics",
        { config: { scope: "read", freeOnThisMachine: true }, schema: { hide: true } },
        async (request, reply) => {
          const sampled = await sample().then(sampledMetrics, (error: unknown) => {
            // What this process knows of itself is worth the more when the database is down.
            request.log.error({ err: error }, "no figures of the queue");
            return sampledMetrics(null);
          });
          reply.header("content-type", registry.contentType).header("cache-control", "no-store");
          return (await registry.metrics()) + sampled;
        },
      );
    },
  };
}
