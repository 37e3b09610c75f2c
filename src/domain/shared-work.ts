import { AppError } from "./app-error.ts";
import { checkSignal } from "./check-signal.ts";
import { createRecent } from "./recent.ts";

type Shared<Value> = {
  value: Promise<Value>;
  controller: AbortController;
  waiting: number;
  settled: boolean;
};

export type SharedWork<Value> = {
  /**
   * What is kept under `key`, or is made right now, or else a new one by `make`.
   * @param make Gets a signal that aborts when nobody waits for it any more.
   * @throws AppError CANCELLED when `signal` aborts, whoever else may wait; else whatever `make` throws.
   */
  get(
    key: string,
    make: (signal: AbortSignal) => Promise<Value>,
    signal: AbortSignal,
  ): Promise<Value>;
};

/**
 * Work that many ask for and that is done once: one who no longer wants it takes it from nobody else.
 * The `limit` results that were asked for last are kept, failures are not.
 */
export function createSharedWork<Value>(limit: number): SharedWork<Value> {
  const recent = createRecent<Shared<Value>>(limit);

  function begin(key: string, make: (signal: AbortSignal) => Promise<Value>): Shared<Value> {
    const controller = new AbortController();
    const shared: Shared<Value> = {
      value: make(controller.signal),
      controller,
      waiting: 0,
      settled: false,
    };
    shared.value.then(
      () => {
        shared.settled = true;
      },
      () => {
        // One that was given up is no longer kept: there may be another by now.
        if (!controller.signal.aborted) recent.forget(key);
        shared.settled = true;
      },
    );
    return shared;
  }

  return {
    async get(key, make, signal) {
      checkSignal(signal);
      const shared = recent.get(key, () => begin(key, make));
      shared.waiting++;
      try {
        return await unlessAborted(shared.value, signal);
      } finally {
        shared.waiting--;
        if (shared.waiting === 0 && !shared.settled) {
          recent.forget(key);
          shared.controller.abort();
        }
      }
    },
  };
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new AppError("CANCELLED", "cancelled"));
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
