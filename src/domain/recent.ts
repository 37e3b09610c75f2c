export type Recent<Value> = {
  /** The value kept under `key`, or else a new one, which is kept from now on. */
  get(key: string, make: () => Value): Value;
  forget(key: string): void;
};

/** Keeps the `limit` values that were asked for last. */
export function createRecent<Value>(limit: number): Recent<Value> {
  const kept = new Map<string, { value: Value }>();
  return {
    get(key, make) {
      const entry = kept.get(key) ?? { value: make() };
      // A map keeps the order of insertion: the oldest stands first.
      kept.delete(key);
      kept.set(key, entry);
      for (const oldest of kept.keys()) {
        if (kept.size <= limit) break;
        kept.delete(oldest);
      }
      return entry.value;
    },
    forget: (key) => {
      kept.delete(key);
    },
  };
}

/** As `createRecent` for what takes time to make; a failure is not kept. */
export function createRecentPromises<Value>(limit: number): {
  get(key: string, make: () => Promise<Value>): Promise<Value>;
} {
  const recent = createRecent<Promise<Value>>(limit);
  return {
    get: (key, make) =>
      recent.get(key, () => {
        const made = make();
        made.catch(() => recent.forget(key));
        return made;
      }),
  };
}
