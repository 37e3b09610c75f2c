import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

export type TreeProcess = {
  pid: number;
  parent: number;
  /** Its words, separated by spaces. */
  command: string;
  /** When it began, ticks since the machine started: tells it from a later one of the same number. */
  started: number;
  /** Resident memory; pages that processes share count in each. */
  bytes: number;
};

/** Only Linux tells of the processes of others. */
export const canSeeProcesses = process.platform === "linux";

const PAGE_BYTES = 4096;

/** All processes below `root`, without itself. */
export function descendantsOf(root: number): TreeProcess[] {
  const all = readdirSync("/proc").flatMap((name) =>
    /^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : [],
  );
  const found = all.filter(({ parent }) => parent === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** All processes whose working folder is `folder`, also those whose parent has ended. */
export function processesIn(folder: string): TreeProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || workingFolder(name) !== folder) return [];
    return readProcess(Number(name)) ?? [];
  });
}

function workingFolder(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

/** Whether exactly this process still runs. */
export function isAlive({ pid, started }: TreeProcess): boolean {
  return readProcess(pid)?.started === started;
}

/** What proc(5) says; null for one that has ended, also when nobody has asked for its exit code yet. */
export function readProcess(pid: number): TreeProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is a name in brackets that may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return null;
    const [parent = 0, started = 0, pages = 0] = [1, 19, 21].map((i) => Number(fields[i]));
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return { pid, parent, command, started, bytes: pages * PAGE_BYTES };
  } catch {
    return null;
  }
}

/**
 * Asks again and again until the answer is neither null nor false.
 * @throws Error after `deadlineMs`, 20 s when left out.
 */
export async function eventually<Answer>(
  what: string,
  ask: () => Answer | null | false,
  deadlineMs = 20_000,
): Promise<Answer> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = ask();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await setTimeout(5);
  }
}
