/** Mono sound that grows at its end, and of which what nobody asks for any more is forgotten. */
export type TimelineSound = {
  /** Samples since the beginning. */
  length(): number;
  append(samples: Float32Array): void;
  /** A copy from sample `from` to `to`; beyond the end there is silence. @throws RangeError for what is forgotten. */
  slice(from: number, to: number): Float32Array;
  /** Nobody will ask for samples before this one. */
  forget(before: number): void;
};

export function createTimelineSound(): TimelineSound {
  let kept: { at: number; samples: Float32Array }[] = [];
  let first = 0;
  let length = 0;
  return {
    length: () => length,
    append(samples) {
      if (samples.length > 0) kept.push({ at: length, samples });
      length += samples.length;
    },
    slice(from, to) {
      if (from < first) throw new RangeError(`sample ${from} is forgotten: ask from ${first} on`);
      const result = new Float32Array(to - from);
      for (const { at, samples } of kept) {
        const part = samples.subarray(Math.max(0, from - at), Math.max(0, to - at));
        if (part.length > 0) result.set(part, Math.max(0, at - from));
      }
      return result;
    },
    forget(before) {
      first = Math.max(first, Math.min(before, length));
      kept = kept.filter(({ at, samples }) => at + samples.length > first);
    },
  };
}
