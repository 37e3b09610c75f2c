import { mkdirSync } from "node:fs";
import path from "node:path";
import { type Running, startVocative } from "./run-vocative.ts";

export type Server = {
  /** Such as `http://127.0.0.1:43210`, without a slash at the end. */
  url: string;
  dataDir: string;
  running: Running;
  /** Asks it to end, and waits. */
  stop(): Promise<void>;
};

/** Starts the real server in a process of its own on a free port of this machine, on a data folder. */
export async function startServer(setup: {
  folder: string;
  env?: Record<string, string>;
  /** Name of the data folder in `folder`; another server may have used it. */
  data?: string;
}): Promise<Server> {
  const { folder, env = {}, data = "data" } = setup;
  const dataDir = path.join(folder, data);
  mkdirSync(folder, { recursive: true });
  const running = startVocative(["serve"], {
    env: {
      VIDX_DATA_DIR: dataDir,
      VOCATIVE_LOG_DIR: path.join(folder, "logs"),
      API_HOST: "127.0.0.1",
      API_PORT: "0",
      ...env,
    },
    cwd: folder,
  });
  await running.printed(1);
  const url = running.output().match(/http:\/\/127\.0\.0\.1:\d+/u)?.[0];
  if (url === undefined) {
    const { stderr, stdout } = await running.ended;
    throw new Error(`the server did not start: ${stderr}${stdout}`);
  }
  return {
    url,
    dataDir,
    running,
    async stop() {
      running.kill("SIGTERM");
      await running.ended;
    },
  };
}
