import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCodeOf } from "../domain/disk-error.ts";

/** Tells this process from an earlier one with the same number. */
export const RUN = randomBytes(6).toString("hex");

let scope: string | undefined;

/** A machine, or on Linux a container of it, numbers its processes on its own. */
export function processNumberScope(): string {
  if (scope === undefined) {
    let namespace = "";
    try {
      namespace = readlinkSync("/proc/self/ns/pid");
    } catch {
      // No Linux: the machine is the scope.
    }
    scope = createHash("sha256").update(`${hostname()} ${namespace}`).digest("hex").slice(0, 8);
  }
  return scope;
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errorCodeOf(cause) !== "ESRCH";
  }
}

/** `<where process numbers hold>-<process number>-<run>` */
const OWNER = /^([0-9a-f]{8})-(\d+)-([0-9a-f]{12})$/;

/** The name of this process among all that share its work. */
export function ownerName(): string {
  return `${processNumberScope()}-${process.pid}-${RUN}`;
}

/** Whether the process of that name may still work; `true` of those that cannot be asked from here. */
export function isOwnerAlive(owner: string): boolean {
  const [, scope, pid, run] = OWNER.exec(owner) ?? [];
  if (scope !== processNumberScope()) return true;
  return Number(pid) === process.pid ? run === RUN : isRunning(Number(pid));
}
