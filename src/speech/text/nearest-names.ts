/** The `count` names most like `wanted`, the likest first, by the number of letters to change. */
export function nearestNames(wanted: string, names: Iterable<string>, count: number): string[] {
  return [...names]
    .map((name) => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name, "en"))
    .slice(0, count)
    .map(({ name }) => name);
}

/** Levenshtein's distance: insertions, deletions and substitutions that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = (above[column - 1] ?? 0) + Number(a[row - 1] !== b[column - 1]);
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(substituted, inserted, (above[column] ?? 0) + 1));
    }
    above = current;
  }
  return above[b.length] ?? 0;
}
