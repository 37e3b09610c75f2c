import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { Client } from "undici";
import type { FromPoller, PollFigures, PollOrder, ToPoller } from "./poll-messages.ts";

/**
 * The child process that polls a server: on connections of its own, so that nothing else delays what
 * it measures.
 */
const stopping = new AbortController();
let running: Promise<PollFigures> | null = null;

process.on("disconnect", () => process.exit());
process.on("message", async (message: ToPoller) => {
  if ("start" in message) {
    running = poll(message.start, stopping.signal);
    tell({ ready: true });
    return;
  }
  stopping.abort();
  if (running !== null) tell({ figures: await running });
});

async function poll(order: PollOrder, signal: AbortSignal): Promise<PollFigures> {
  const { url, jobId, connections, pauseMs, streams } = order;
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  let events = 0;
  const count = (status: number): void => {
    statuses[status] = (statuses[status] ?? 0) + 1;
  };

  async function ask(): Promise<void> {
    const client = new Client(url);
    // Not all at the same moment, when there is a pause between them.
    await pause(Math.random() * pauseMs, signal);
    while (!signal.aborted) {
      const start = performance.now();
      const { statusCode, body } = await client.request({ method: "GET", path: `/jobs/${jobId}` });
      await body.dump();
      latencies.push(performance.now() - start);
      count(statusCode);
      await pause(pauseMs, signal);
    }
    await client.close();
  }

  async function follow(): Promise<void> {
    const client = new Client(url, { bodyTimeout: 0 });
    const path = `/jobs/${jobId}/events`;
    const { statusCode, body } = await client.request({ method: "GET", path });
    count(statusCode);
    // The server ends it when the job has ended.
    for await (const chunk of body) events += String(chunk).split("\nevent: ").length - 1;
    await client.close();
  }

  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const start = performance.now();
  const asking = Promise.all(Array.from({ length: connections }, ask));
  const following = Promise.all(Array.from({ length: streams }, follow));
  await asking;
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  await following;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN;
  return {
    requests: latencies.length,
    seconds,
    statuses,
    events,
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    ownDelayMs: delay.percentile(99) / 1e6,
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await setTimeout(ms, undefined, { signal }).catch(() => {}); // aborted: it is over
}

function tell(message: FromPoller): void {
  process.send?.(message);
}
