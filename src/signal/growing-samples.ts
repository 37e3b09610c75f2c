/** A list of numbers that grows by doubling, for streams whose length is unknown. */
export type GrowingSamples = {
  push(value: number): void;
  /** A copy of all values so far. */
  values(): Float32Array;
};

export function createGrowingSamples(): GrowingSamples {
  let storage = new Float32Array(1024);
  let length = 0;
  return {
    push(value) {
      if (length === storage.length) {
        const larger = new Float32Array(2 * length);
        larger.set(storage);
        storage = larger;
      }
      storage[length++] = value;
    },
    values: () => storage.slice(0, length),
  };
}
