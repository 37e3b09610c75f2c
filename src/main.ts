#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { runCli } from "./cli/run-cli.ts";

// Keeps the young generation from growing, and with it the memory of a run, with every recipient.
setFlagsFromString("--semi-space-growth-factor=1");

// npm runs scripts in the package's folder; paths on the command line mean the user's own.
if (process.env["npm_lifecycle_event"] === "vocative" && process.env["INIT_CWD"]) {
  process.chdir(process.env["INIT_CWD"]);
}
// Whoever reads the output, such as `head`, has read enough: no more of it is needed, and no trace.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}
process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt: (stop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        stop();
        // A second one does not wait for anything to be tidied up.
        process.once(signal, () => process.exit(130));
      });
    }
  },
});
// Whatever an adapter left open must not keep a finished command alive.
process.exit();
