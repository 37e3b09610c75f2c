/** Bytes `start` (inclusive) to `end` (exclusive). */
export type ByteRange = { start: number; end: number };

/**
 * What a `Range` header (RFC 9110, 14) asks for of a file of `sizeBytes`.
 * @returns null for the whole file: also for what cannot be read, for other units, and for several
 * ranges, which a server may answer so; "unsatisfiable" when there is no such byte.
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | "unsatisfiable" | null {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/iu.exec(header ?? "");
  if (!match) return null;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? "unsatisfiable" : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= sizeBytes) return "unsatisfiable";
  return { start, end: last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}
