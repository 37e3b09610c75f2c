import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, processNumberScope, RUN } from "../workers/process-identity.ts";

/** `at-work-<where process numbers hold>-<process number>-<run>` */
const PRESENCE = /^at-work-([0-9a-f]{8})-(\d+)-([0-9a-f]{12})$/;
/** A process elsewhere cannot be asked whether it still runs; no run takes as long. */
const GIVEN_UP_MS = 7 * 24 * 60 * 60 * 1000;

export type Presence = {
  /** Whether another process works in the folder now; what killed ones left is removed. */
  othersAtWork(): Promise<boolean>;
  leave(): Promise<void>;
};

/** Says in `folder` that this process works there, so that others leave alone what it needs. */
export async function announcePresence(folder: string): Promise<Presence> {
  const own = join(folder, `at-work-${processNumberScope()}-${process.pid}-${RUN}`);
  await writeFile(own, "");
  return {
    async othersAtWork() {
      const names = await readdir(folder);
      const others = names.filter((name) => PRESENCE.test(name) && !own.endsWith(name));
      let found = false;
      for (const name of others) {
        if (await isAtWork(folder, name)) found = true;
        else await rm(join(folder, name), { force: true });
      }
      return found;
    },
    leave: () => rm(own, { force: true }),
  };
}

async function isAtWork(folder: string, name: string): Promise<boolean> {
  const [, scope, pid] = PRESENCE.exec(name) ?? [];
  if (scope === processNumberScope()) return Number(pid) !== process.pid && isRunning(Number(pid));
  const written = await stat(join(folder, name)).catch(() => null);
  return written !== null && Date.now() - written.mtimeMs < GIVEN_UP_MS;
}
