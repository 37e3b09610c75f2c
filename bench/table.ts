/** Columns of equal width; the first is flush left, the others flush right. */
export function table(header: string[], rows: string[][]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(header), rule, ...rows.map(line)].join("\n");
}

export function milliseconds(value: number): string {
  return value >= 1000 ? `${Math.round(value)} ms` : `${value.toFixed(1)} ms`;
}

export function times(ratio: number): string {
  return ratio >= 100 ? `${Math.round(ratio)} ×` : `${ratio.toFixed(2)} ×`;
}

/** In units of 1000, as disks are sold. */
export function bytes(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} MB`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)} KB` : `${value} B`;
}
