import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in /proc in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;
const PAGE_BYTES = 4096;
const SAMPLE_MS = 100;

export type TreeUsage = {
  /** Most resident memory of all processes together; pages they share count in each. */
  peakBytes: number;
  /** User and system time by the module a process runs, milliseconds. */
  cpuMs: Record<string, number>;
};

/**
 * Watches a process and its descendants until `stop`; CPU time from before is not counted. Only Linux
 * tells; elsewhere the result is null.
 */
export function watchTree(root: number): { stop(): TreeUsage | null } {
  const before = new Map<number, number>();
  const cpu = new Map<number, { module: string; cpuMs: number }>();
  let peakBytes = 0;
  const sample = (): void => {
    let total = 0;
    for (const one of treeOf(root)) {
      total += one.bytes;
      // Anew each time: a child that was just born still bears its parent's name.
      const module = moduleOf(one.pid) ?? cpu.get(one.pid)?.module ?? "ended";
      cpu.set(one.pid, { module, cpuMs: one.cpuMs - (before.get(one.pid) ?? 0) });
    }
    peakBytes = Math.max(peakBytes, total);
  };
  const isLinux = process.platform === "linux";
  if (isLinux) for (const { pid, cpuMs } of treeOf(root)) before.set(pid, cpuMs);
  const timer = isLinux ? setInterval(sample, SAMPLE_MS) : null;
  return {
    stop() {
      if (!timer) return null;
      clearInterval(timer);
      sample();
      const cpuMs: Record<string, number> = {};
      for (const one of cpu.values()) cpuMs[one.module] = (cpuMs[one.module] ?? 0) + one.cpuMs;
      return { peakBytes, cpuMs };
    },
  };
}

type Process = { pid: number; parent: number; cpuMs: number; bytes: number };

function treeOf(root: number): Process[] {
  const all = readdirSync("/proc").flatMap((name) => {
    const process = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
    return process ? [process] : [];
  });
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

/** Fields after the name, which may hold anything; see proc(5). Null when the process has ended. */
function readProcess(pid: number): Process | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [parent = 0, user = 0, system = 0, pages = 0] = [1, 11, 12, 21].map((i) => fields[i]);
    return { pid, parent, cpuMs: (user + system) * TICK_MS, bytes: pages * PAGE_BYTES };
  } catch {
    return null;
  }
}

/** The command's own processes by what they do, such as `main.ts serve`. Null when it has ended. */
function moduleOf(pid: number): string | null {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
    const at = words.findIndex((word) => word.endsWith(".ts"));
    const script = words[at];
    if (script === undefined) return null;
    const module = script.slice(script.lastIndexOf("/") + 1);
    return module === "main.ts" ? `${module} ${words[at + 1]}` : module;
  } catch {
    return null;
  }
}
