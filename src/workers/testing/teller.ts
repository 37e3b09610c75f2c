import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { ErrorCode } from "../../domain/app-error.ts";

/** A task for told-worker.ts: where to ask what to do, and what to answer. */
export type ToldTask = { port: number; value?: unknown };

export type Command =
  | { command: "answer" }
  | { command: "environment" }
  | { command: "fail"; code: ErrorCode; message: string; retryable: boolean }
  | { command: "throw"; message: string }
  | { command: "answer-with-a-function" }
  | { command: "exit"; code: number; complaint: string }
  /** Ends its task when it is told that nobody waits for it any more. */
  | { command: "work-until-cancelled" }
  /** Never serves its event loop again. */
  | { command: "spin" }
  | { command: "grow"; bytes: number };

/** A child that asks what to do. */
export type Caller = {
  pid: number;
  tell(command: Command): void;
  /** When the child's process is gone. */
  gone: Promise<void>;
};

export type Teller = {
  port: number;
  /** The next child that asks, in the order of their calls. */
  caller(): Promise<Caller>;
  /** How many have asked so far. */
  calls(): number;
  close(): Promise<void>;
};

/** The test's side: tells children what to do, one command a task. */
export async function createTeller(): Promise<Teller> {
  const arrived: Caller[] = [];
  const waiting: ((caller: Caller) => void)[] = [];
  let calls = 0;
  const arrive = (socket: Socket, pid: number): void => {
    calls += 1;
    const caller: Caller = {
      pid,
      tell: (command) => socket.write(JSON.stringify(command)),
      gone: new Promise((resolve) => socket.once("close", () => resolve())),
    };
    const next = waiting.shift();
    if (next) next(caller);
    else arrived.push(caller);
  };
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => {}); // a killed child's connection may be reset
    socket.once("data", (bytes) => arrive(socket, Number(String(bytes))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // of a server that listens on a port
  return {
    port,
    caller: () => {
      const caller = arrived.shift();
      return caller ? Promise.resolve(caller) : new Promise((resolve) => waiting.push(resolve));
    },
    calls: () => calls,
    async close() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
}
