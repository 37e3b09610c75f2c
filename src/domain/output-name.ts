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

/** Cuts between letters as a reader sees them, so that none loses its marks. */
function shorten(name: string): string {
  const encoder = new TextEncoder();
  if (encoder.encode(name).length <= MAX_BYTES) return name;
  let bytes = 0;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(name)) {
    bytes += encoder.encode(segment).length;
    if (bytes > MAX_BYTES) break;
    kept += segment;
  }
  return kept.replace(/_+$/u, "");
}

/** Hands out output names in the order they are asked for; a name met before gets `-2`, `-3` … */
export function createOutputNames(): (name: string) => string {
  const taken = new Set<string>();
  const lastSuffix = new Map<string, number>();
  // File systems may not tell upper from lower case; by way of both, ß is ss and ς is σ as for them.
  const key = (name: string) => name.toUpperCase().toLowerCase().normalize("NFC");
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
