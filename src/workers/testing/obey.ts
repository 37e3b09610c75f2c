import { once } from "node:events";
import { connect } from "node:net";
import { AppError } from "../../domain/app-error.ts";
import type { Command, ToldTask } from "./teller.ts";

/**
 * Calls the test for a task and does as it is told. The connection stays open for as long as the
 * process lives, so that the test hears of its end.
 */
export async function obey(
  { port, value }: ToldTask,
  _handOver?: (part: never) => void,
  cancelled: AbortSignal = new AbortController().signal,
): Promise<unknown> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${process.pid}\n`);
  const [bytes] = await once(socket, "data");
  const told: Command = JSON.parse(String(bytes));
  socket.unref();
  switch (told.command) {
    case "answer":
      return value;
    case "environment":
      return process.env;
    case "fail":
      throw new AppError(told.code, told.message, { retryable: told.retryable });
    case "throw":
      throw new TypeError(told.message);
    case "answer-with-a-function":
      return () => value;
    case "exit":
      process.stderr.write(told.complaint);
      return process.exit(told.code);
    case "work-until-cancelled":
      socket.ref();
      if (!cancelled.aborted) await once(cancelled, "abort");
      socket.unref();
      return value;
    case "spin":
      for (;;);
    case "grow": {
      const kept: Buffer[] = [];
      for (let bytes = 0; bytes < told.bytes; bytes += 2 ** 24) kept.push(Buffer.alloc(2 ** 24, 1));
      await once(socket, "end"); // which never comes
      return kept.length;
    }
  }
}
