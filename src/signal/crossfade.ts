/** Gains of a crossfade, one entry a sample; fadeIn² + fadeOut² = 1 everywhere. Not to be written to. */
export type Fade = { fadeIn: Float32Array; fadeOut: Float32Array };

/** A process uses a handful of fade lengths; the bound only guards against a caller that varies them. */
const MAX_CACHED = 64;
const cache = new Map<number, Fade>();

/**
 * Equal-power gains over `length` samples: quarter sines taken at the samples' middles, so that the
 * power stays constant when two unrelated sounds pass into each other. Cached by length.
 */
export function equalPowerFade(length: number): Fade {
  const known = cache.get(length);
  if (known) return known;
  const fadeIn = new Float32Array(length);
  for (let i = 0; i < length; i++) fadeIn[i] = Math.sin(((i + 0.5) / length) * (Math.PI / 2));
  const fade = { fadeIn, fadeOut: fadeIn.slice().reverse() };
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(length, fade);
  return fade;
}

/**
 * Lays `insert` over `target` from sample `at` on, in place and without changing the length: over
 * the first `fadeLength` samples `target` passes into `insert`, over the last `fadeLength` back, and
 * between them `target` is replaced. The fades lie inside `insert`, which must therefore bring
 * `fadeLength` samples of run-in and run-out; an insert shorter than both gets half its length each.
 * @throws RangeError when `insert` reaches beyond `target`.
 */
export function crossfadeInto(
  target: Float32Array,
  at: number,
  insert: Float32Array,
  fadeLength: number,
): void {
  const end = at + insert.length;
  if (at < 0 || end > target.length) {
    throw new RangeError(
      `crossfade: the insert covers samples ${at}..${end} of a target of ${target.length}; shorten or move it`,
    );
  }
  const fades = Math.min(fadeLength, Math.floor(insert.length / 2));
  const { fadeIn, fadeOut } = equalPowerFade(fades);
  const tail = insert.length - fades;
  for (let i = 0; i < fades; i++) {
    const rising = fadeIn[i] ?? 0;
    const falling = fadeOut[i] ?? 0;
    target[at + i] = (target[at + i] ?? 0) * falling + (insert[i] ?? 0) * rising;
    const back = at + tail + i;
    target[back] = (insert[tail + i] ?? 0) * falling + (target[back] ?? 0) * rising;
  }
  target.set(insert.subarray(fades, tail), at + fades);
}
