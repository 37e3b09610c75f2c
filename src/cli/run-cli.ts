import { CommanderError } from "commander";
import { toAppError } from "../domain/app-error.ts";
import type { CliIo } from "./cli-io.ts";
import { createProgram } from "./program.ts";

/** Runs one command line; returns the exit code. Every failure is one line on standard error. */
export async function runCli(args: string[], io: CliIo): Promise<number> {
  const abort = new AbortController();
  io.onInterrupt(() => abort.abort());
  let exitCode = 0;
  const program = createProgram(io, abort.signal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode;
    const error = toAppError(thrown);
    io.stderr.write(`Error: ${oneLine(error.message)}\n`);
    if (error.code === "INTERNAL" && io.env["VOCATIVE_DEBUG"]) {
      io.stderr.write(
        `${String(error.cause instanceof Error ? error.cause.stack : error.cause)}\n`,
      );
    }
    return error.exitCode;
  }
}

function oneLine(message: string): string {
  return message.replaceAll(/\s*\n\s*/gu, " ").trim();
}
