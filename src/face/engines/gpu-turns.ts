import PQueue from "p-queue";
import { AppError } from "../../domain/app-error.ts";

/** Whose turn it is on the machine's graphics processors: one program on each at a time. */
export type GpuTurns = {
  /**
   * Runs `work` when a device is free, in the order of the calls.
   * @param work Gets the device's number for `CUDA_VISIBLE_DEVICES`; the device is its own until it ends.
   * @throws AppError CANCELLED when `signal` aborts while it waits; else whatever `work` throws.
   */
  run<T>(work: (device: string) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Devices on which nothing runs. */
  idle(): readonly string[];
  /** How many wait for a device. */
  readonly waiting: number;
};

/**
 * Serialises work by device, for this process. Programs load their weights for each job and leave
 * with it: between jobs nothing runs and no memory of a device is held.
 * @param devices Their numbers as CUDA counts them, such as `0`.
 * @throws AppError INVALID_OPTION without any.
 */
export function createGpuTurns({ devices }: { devices: readonly string[] }): GpuTurns {
  if (devices.length === 0) {
    throw new AppError("INVALID_OPTION", "there is no device to work on: give one, such as 0");
  }
  const free = [...new Set(devices)];
  const queue = new PQueue({ concurrency: free.length });

  return {
    async run(work, signal) {
      let begun = false;
      const task = async () => {
        begun = true;
        const device = free.shift() ?? ""; // never more tasks than devices
        try {
          return await work(device);
        } finally {
          free.push(device);
        }
      };
      if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
      // Only while it waits: what runs is to clear up by itself before its turn is over.
      const waiting = new AbortController();
      const onAbort = () => {
        if (!begun) waiting.abort();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        return await queue.add(task, { signal: waiting.signal });
      } catch (thrown) {
        if (begun) throw thrown;
        throw new AppError("CANCELLED", "cancelled", { cause: thrown });
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
    idle: () => [...free],
    get waiting() {
      return queue.size;
    },
  };
}
