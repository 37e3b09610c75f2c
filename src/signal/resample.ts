/** Zero crossings of the filter on each side: more is sharper and slower. */
const CROSSINGS = 16;
/** Of the lower band that is kept; the rest is where the filter falls. */
const PASSED = 0.94;

/**
 * Sound at another rate, Hz: band-limited interpolation with a windowed sinc (J. O. Smith, "Digital
 * Audio Resampling Home Page", https://ccrma.stanford.edu/~jos/resample/).
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const cutoff = PASSED * Math.min(1, to / from);
  const reach = CROSSINGS / cutoff;
  const out = new Float32Array(Math.round((samples.length * to) / from));
  for (let index = 0; index < out.length; index++) {
    const centre = (index * from) / to;
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let at = Math.max(0, Math.ceil(centre - reach)); at <= last; at++) {
      const distance = at - centre;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / reach);
      sum += (samples[at] ?? 0) * sinc(distance * cutoff) * window;
    }
    out[index] = sum * cutoff;
  }
  return out;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
