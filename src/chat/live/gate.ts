/** Something that waiting ones can be told about: each `wait` resolves at the next `open`. */
export type Gate = {
  open(): void;
  /** Resolves at the next `open`, or when `signal` aborts or has. */
  wait(signal: AbortSignal): Promise<void>;
};

export function createGate(): Gate {
  const waiting = new Set<() => void>();
  return {
    open() {
      for (const go of [...waiting]) go();
    },
    wait: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const go = () => {
          waiting.delete(go);
          signal.removeEventListener("abort", go);
          resolve();
        };
        waiting.add(go);
        signal.addEventListener("abort", go, { once: true });
      }),
  };
}
