import { setPriority } from "node:os";
import { type Command, Option } from "commander";
import { withEnvFile } from "../config/env-file.ts";
import { readEnvironment } from "../config/environment.ts";
import { CAPABILITIES, type Capability } from "../domain/capability.ts";
import { createLogger } from "../logging/create-logger.ts";
import type { CommandContext } from "./cli-io.ts";

/** Chunks take about two seconds; what is not done by then is handed back. */
const GRACE_MS = 10_000;
/** Below the API, whose answers people wait for. */
const NICENESS = 10;

export function addServeCommands(program: Command, context: CommandContext): void {
  program
    .command("serve")
    .description("the HTTP API, with worker processes that do its work")
    .option("--no-worker", "start no worker processes: `vocative worker` does the work")
    .action(({ worker }: { worker: boolean }) => serve(worker, context));
  program
    .command("worker")
    .description("does the work of a data folder that a server shares")
    .option("--supervised", "end with the process that started this one")
    .addOption(
      new Option("--capability <what...>", "only work for which this is needed; all without")
        .choices(CAPABILITIES)
        .default(CAPABILITIES, "cpu and gpu"),
    )
    .action((given: { supervised?: boolean; capability: Capability[] }) =>
      work(given.supervised === true, given.capability, context),
    );
}

async function serve(withWorkers: boolean, { io, signal }: CommandContext): Promise<void> {
  const environment = readEnvironment(withEnvFile(io.env));
  if (!withWorkers) environment.server.workers = 0;
  const { logger, close } = createLogger({
    ...environment.log,
    console: io.stderr,
    clock: Date.now,
  });
  // Loaded when needed: other commands start the sooner.
  const { startServer } = await import("../app/server.ts");
  const server = await startServer({ environment, logger });
  io.stdout.write(`Vocative serves ${server.url} (documentation at ${server.url}/docs)\n`);
  io.stdout.write(`${server.access}\n`);
  await aborted(signal);
  io.stdout.write("Ending; work under way is finished or handed back.\n");
  await server.stop(GRACE_MS);
  close();
}

async function work(
  isSupervised: boolean,
  capabilities: readonly Capability[],
  { io, signal }: CommandContext,
): Promise<void> {
  const orphaned = new AbortController();
  if (isSupervised) {
    // Not earlier: where priorities are those of threads, the one that watches the parent keeps its own.
    lowerPriority();
    // Once nobody supervises it, a worker hands back what it can and goes: see end-with-parent.ts.
    process.once("disconnect", () => orphaned.abort());
    // Its parent may have gone while this was loaded.
    if (!process.connected) orphaned.abort();
  }
  const environment = readEnvironment(withEnvFile(io.env));
  const { logger, close } = createLogger({
    ...environment.log,
    console: io.stderr,
    clock: Date.now,
  });
  const { startWorker } = await import("../app/worker.ts");
  const worker = await startWorker({ environment, logger, capabilities });
  process.on("message", () => worker.wake());
  if (!isSupervised) io.stdout.write(`Vocative works on ${environment.dataDir}\n`);
  await aborted(AbortSignal.any([signal, orphaned.signal]));
  await worker.stop(orphaned.signal.aborted ? 0 : GRACE_MS);
  close();
}

function lowerPriority(): void {
  try {
    setPriority(NICENESS);
  } catch {
    // The system has no such thing.
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
