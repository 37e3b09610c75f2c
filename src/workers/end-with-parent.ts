import { Worker } from "node:worker_threads";

const WATCH_INTERVAL_MS = 100;

/**
 * Ends this process once its parent is gone, whatever its main thread does then: loading the program
 * alone keeps that busy for seconds where there is little to be had of the processor.
 * @returns grants the process so many milliseconds in which it may end by itself; none before.
 */
export function endWithParent(): (graceMs: number) => void {
  const source = `
    const { parentPort } = require("node:worker_threads");
    let graceMs = 0;
    parentPort.on("message", (granted) => { graceMs = granted; });
    const watch = setInterval(() => {
      if (process.ppid === ${process.ppid}) return;
      clearInterval(watch);
      setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs);
    }, ${WATCH_INTERVAL_MS});`;
  const thread = new Worker(source, { eval: true });
  thread.unref();
  return (graceMs) => thread.postMessage(graceMs);
}
