import { isMainThread, Worker } from "node:worker_threads";

/**
 * Loaded into a process before its program (`--import`), as `end-with-parent.ts?parent=<process id>`:
 * ends the process when it has outlived that parent for a second, in which it may end by itself. A
 * thread sees to it, as the main one may be busy for seconds, if only with loading the program.
 */
const GRACE_MS = 1000;
const WATCH_INTERVAL_MS = 100;

const parent = Number(new URL(import.meta.url).searchParams.get("parent"));
const source = `
  const watch = setInterval(() => {
    if (process.ppid === ${parent}) return;
    clearInterval(watch);
    setTimeout(() => process.kill(process.pid, "SIGKILL"), ${GRACE_MS});
  }, ${WATCH_INTERVAL_MS});`;
// Threads load what their process was told to load, too.
if (isMainThread) new Worker(source, { eval: true, execArgv: [] }).unref();
