import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Logger } from "../ports/logger.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const END_WITH_PARENT = new URL("../workers/end-with-parent.ts", import.meta.url).href;
/** A worker that ends at once is not started again at once. */
const RESTART_MS = [50, 200, 1000, 5000];
/** A worker that has run for so long is well. */
const WELL_AFTER_MS = 10_000;

export type Supervisor = {
  /** Tells the workers that there may be something to do. */
  wake(): void;
  /** Asks the workers to end within `graceMs`, and makes them. */
  stop(graceMs: number): Promise<void>;
};

/** Keeps worker processes running, each with the environment of this one. */
export function superviseWorkers(setup: {
  count: number;
  logger: Logger;
  /** Called when a worker has ended, before another is started. */
  onEnd: () => Promise<void>;
}): Supervisor {
  const { count, logger, onEnd } = setup;
  const children = new Set<ChildProcess>();
  let stopped = false;

  function start(failures: number): void {
    const startedAt = Date.now();
    const child = fork(MAIN, ["worker", "--supervised"], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: ["--import", `${END_WITH_PARENT}?parent=${process.pid}`],
    });
    children.add(child);
    child.on("error", () => {}); // a failed send is followed by "exit"
    child.once("exit", (code, signal) => {
      children.delete(child);
      if (stopped) return;
      const again = Date.now() - startedAt > WELL_AFTER_MS ? 0 : failures + 1;
      const delay = again === 0 ? 0 : (RESTART_MS[Math.min(again, RESTART_MS.length) - 1] ?? 0);
      logger.warn({ code, signal, delay }, "a worker process ended; another is started");
      onEnd().catch((error: unknown) => {
        logger.error({ error: String(error) }, "what the worker held could not be handed back yet");
      });
      setTimeout(() => {
        if (!stopped) start(again);
      }, delay);
    });
  }

  for (let each = 0; each < count; each++) start(0);
  return {
    wake() {
      for (const child of children) if (child.connected) child.send("wake");
    },
    async stop(graceMs) {
      stopped = true;
      const ends = [...children].map(async (child) => {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
        await ended;
        clearTimeout(timer);
      });
      await Promise.all(ends);
    },
  };
}
