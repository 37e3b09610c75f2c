/** Combining marks belong to the letter before them: without them Devanagari names fall apart. */
const NOT_IN_NAMES = /[^\p{L}\p{M}\p{N}_-]+/gu;
const FALLBACK = "person";
/** File systems allow 255 bytes; a suffix and extensions still have to fit. */
const MAX_BYTES = 200;

/** A recipient's name as a file name without extension: letters of every script are kept. */
export function outputName(name: string): string {
  const cleaned = name
    .normalize("NFC")
    .replaceAll(NOT_IN_NAMES, "_")
    .replaceAll(/^_+|_+$/gu, "");
  return shorten(cleaned) || FALLBACK;
}

function shorten(name: string): string {
  const encoder = new TextEncoder();
  let bytes = 0;
  let kept = "";
  for (const character of name) {
    bytes += encoder.encode(character).length;
    if (bytes > MAX_BYTES) break;
    kept += character;
  }
  return kept;
}

/** Hands out output names in the order they are asked for; a name met before gets `-2`, `-3` … */
export function createOutputNames(): (name: string) => string {
  const taken = new Set<string>();
  const lastSuffix = new Map<string, number>();
  // File systems may not tell upper from lower case.
  const key = (name: string) => name.toLowerCase();
  return (name) => {
    const base = outputName(name);
    let candidate = base;
    let suffix = lastSuffix.get(key(base)) ?? 1;
    while (taken.has(key(candidate))) {
      suffix += 1;
      candidate = `${base}-${suffix}`;
    }
    lastSuffix.set(key(base), suffix);
    taken.add(key(candidate));
    return candidate;
  };
}
