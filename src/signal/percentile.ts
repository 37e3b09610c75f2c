/**
 * The value below which the share `p` (0..1) of `values` lies, by nearest rank: entry ⌊p·n⌋ of the
 * sorted values, the largest for p = 1. `values` keeps its order. NaN when there are none.
 */
export function percentile(values: ArrayLike<number>, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`percentile: p is ${p}; give a share from 0 to 1`);
  const sorted = new Float64Array(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}
