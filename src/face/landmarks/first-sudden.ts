/** Changes before and after one that tell: a film of few pictures a second shows each several times. */
const BESIDE = 5;

/**
 * The first of a row of changes that stands out: larger than `least` and more than `times` any beside it.
 * Undefined when none does.
 */
export function firstSudden(
  changes: readonly number[],
  { least, times }: { least: number; times: number },
): number | undefined {
  const index = changes.findIndex((change, at) => {
    if (change <= least) return false;
    const before = changes.slice(Math.max(0, at - BESIDE), at);
    return change > times * Math.max(0, ...before, ...changes.slice(at + 1, at + 1 + BESIDE));
  });
  return index < 0 ? undefined : index;
}
