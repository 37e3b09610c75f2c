import { fork } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FromPoller, PollFigures, PollOrder, ToPoller } from "./poll-messages.ts";
import { endOf, sheetOf, startBenchServer, startJob } from "./serve-job.ts";

export type LoadFigures = {
  connections: number;
  streams: number;
  pauseMs: number;
  polled: PollFigures;
  /** From the upload to the end of the job that was polled, seconds. */
  jobSeconds: number;
};

export const CONNECTIONS = 100;
export const STREAMS = 20;

/**
 * One job after the other on one server, each polled from its creation to its end.
 * @param request.pausesMs One job for each: how long a connection waits between two questions.
 */
export async function measureLoad(request: {
  base: string;
  folder: string;
  recipients: number;
  mediaWorkers: number;
  pausesMs: readonly number[];
}): Promise<LoadFigures[]> {
  const { base, folder, recipients, mediaWorkers, pausesMs } = request;
  const server = await startBenchServer({ folder, keeps: "renditions", mediaWorkers });
  try {
    const sheet = await sheetOf(folder, recipients);
    const figures: LoadFigures[] = [];
    for (const pauseMs of pausesMs) {
      const start = performance.now();
      const jobId = await startJob(server, { base, sheet });
      const load = { connections: CONNECTIONS, streams: STREAMS, pauseMs };
      const polling = await startPolling({ url: server.url, jobId, ...load });
      await endOf(server, jobId, recipients);
      const jobSeconds = (performance.now() - start) / 1000;
      figures.push({ ...load, polled: await polling.stop(), jobSeconds });
    }
    return figures;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startPolling(order: PollOrder): Promise<{ stop(): Promise<PollFigures> }> {
  const child = fork(fileURLToPath(new URL("./poll-process.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ask = async (message: ToPoller): Promise<FromPoller> => {
    const answer = Promise.race([
      once(child, "message").then(([text]) => text as FromPoller), // it is typed with the same messages
      once(child, "exit").then(([code]) => {
        throw new Error(`the polling process ended with exit code ${code}`);
      }),
    ]);
    child.send(message);
    return answer;
  };
  await ask({ start: order });
  return {
    async stop() {
      const answer = await ask({ stop: true });
      child.disconnect();
      if (!("figures" in answer)) throw new Error("the polling process gave no figures");
      return answer.figures;
    },
  };
}
