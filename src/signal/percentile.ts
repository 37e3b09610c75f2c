/**
 * The value below which the share `p` (0..1) of `values` lies, by nearest rank: entry ⌊p·n⌋ of the
 * sorted values, the largest for p = 1; what is no number counts as the largest. `values` keeps its
 * order. NaN when there are none.
 */
export function percentile(values: ArrayLike<number>, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`percentile: p is ${p}; give a share from 0 to 1`);
  const copy = new Float64Array(values);
  const rank = Math.min(copy.length - 1, Math.floor(copy.length * p));
  if (copy.some(Number.isNaN)) copy.sort();
  else select(copy, rank);
  return copy[rank] ?? Number.NaN;
}

/**
 * Reorders numbers such that the one at `rank` is what sorting would put there: quickselect (C. A. R.
 * Hoare, "Algorithm 65: Find", 1961), in time that grows with their count alone.
 */
function select(numbers: Float64Array, rank: number): void {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const pivot = middleOf(numbers[low] ?? 0, numbers[(low + high) >> 1] ?? 0, numbers[high] ?? 0);
    let i = low;
    let j = high;
    // Afterwards low..j are at most the pivot, i..high at least, and what lies between equals it.
    while (i <= j) {
      while ((numbers[i] ?? pivot) < pivot) i++;
      while ((numbers[j] ?? pivot) > pivot) j--;
      if (i > j) break;
      const held = numbers[i] ?? 0;
      numbers[i++] = numbers[j] ?? 0;
      numbers[j--] = held;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else return;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
