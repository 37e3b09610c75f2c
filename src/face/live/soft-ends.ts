/** Of the ends of a clause: what does not begin or end in silence would click beside it. */
const FADE_SECONDS = 0.002;

/** A copy that begins and ends at zero. */
export function withSoftEnds(samples: Float32Array, sampleRate: number): Float32Array {
  const soft = samples.slice();
  const count = Math.min(Math.round(FADE_SECONDS * sampleRate), samples.length >> 1);
  for (let i = 0; i < count; i++) {
    const gain = 0.5 - 0.5 * Math.cos((Math.PI * i) / count);
    const last = soft.length - 1 - i;
    soft[i] = gain * (soft[i] ?? 0);
    soft[last] = gain * (soft[last] ?? 0);
  }
  return soft;
}
