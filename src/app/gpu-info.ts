import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Clock } from "../ports/clock.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 3_000;
/** Health is asked for all the time. */
const FRESH_MS = 10_000;

export type GpuInfo = {
  device_name: string;
  cuda_version: string;
  /** Such as `2.34 GB`. */
  memory_allocated: string;
  /** In use, with what the driver keeps for itself. */
  memory_reserved: string;
};

/**
 * What `nvidia-smi -q` tells of one device (its manual, "GPU attributes"); null where there is no such
 * program or device.
 */
export function createGpuInfo(options: {
  /** A device's number. */
  device: string;
  clock: Clock;
  /** `nvidia-smi` when left out. */
  program?: string;
}): () => Promise<GpuInfo | null> {
  const { device, clock, program = "nvidia-smi" } = options;
  let known: { info: Promise<GpuInfo | null>; at: number } | null = null;
  return () => {
    const now = clock();
    if (known === null || now - known.at > FRESH_MS) {
      known = { info: ask(program, device), at: now };
    }
    return known.info;
  };
}

async function ask(program: string, device: string): Promise<GpuInfo | null> {
  try {
    const { stdout } = await run(program, ["-q", "-i", device], { timeout: TIMEOUT_MS });
    return gpuInfoOf(stdout);
  } catch {
    // No such program, no such device, or a driver that does not answer.
    return null;
  }
}

function gpuInfoOf(report: string): GpuInfo | null {
  const memory =
    /FB Memory Usage\s*\n((?:\s+(?:Total|Reserved|Used|Free)\s*:.*\n?)+)/u.exec(report)?.[1] ?? "";
  const name = fieldOf(report, "Product Name");
  const used = Number.parseFloat(fieldOf(memory, "Used") ?? "");
  if (name === null || Number.isNaN(used)) return null;
  const kept = Number.parseFloat(fieldOf(memory, "Reserved") ?? "0");
  return {
    device_name: name,
    cuda_version: fieldOf(report, "CUDA Version") ?? "",
    memory_allocated: gigabytes(used),
    memory_reserved: gigabytes(used + (Number.isNaN(kept) ? 0 : kept)),
  };
}

function fieldOf(report: string, name: string): string | null {
  return new RegExp(`^\\s*${name}\\s*:\\s*(.+?)\\s*$`, "mu").exec(report)?.[1] ?? null;
}

function gigabytes(megabytes: number): string {
  return `${(megabytes / 1024).toFixed(2)} GB`;
}
