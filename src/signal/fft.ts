/** A complex Fourier transform of one fixed size. */
export type Fft = {
  readonly size: number;
  /** Entry i of the input belongs at index `order[i]`: the transform wants its input bit-reversed. */
  readonly order: Uint32Array;
  /**
   * Transforms in place, unscaled, e^(−2πi·kn/size): input in `order`, output in natural order.
   * With both arguments exchanged it is the inverse transform, unscaled.
   */
  transform(real: Float64Array, imaginary: Float64Array): void;
};

/** Writes the power in each of size/2 + 1 bins of `input[offset..offset + size)` to `out`. */
export type PowerSpectrum = (
  input: Float32Array | Float64Array,
  offset: number,
  out: Float64Array,
) => void;

/** Every size is a power of two, so there are few. The entries are tables without state. */
const transforms = new Map<number, Fft>();

/** The transform of `size` (a power of two, at least 4); its tables are made once a process. */
export function createFft(size: number): Fft {
  const known = transforms.get(size);
  if (known) return known;
  if (size < 4 || !Number.isInteger(Math.log2(size))) {
    throw new RangeError(`fft: the size is ${size}; give a power of two of at least 4`);
  }
  const order = bitReversal(size);
  const { cosines, sines } = twiddles(size);
  const fft: Fft = {
    size,
    order,
    transform(real, imaginary) {
      firstTwoStages(size, real, imaginary);
      for (let half = 4; half < size; half *= 2) {
        stage({ size, half, real, imaginary, cosines, sines });
      }
    },
  };
  transforms.set(size, fft);
  return fft;
}

function bitReversal(size: number): Uint32Array {
  const order = new Uint32Array(size);
  for (let i = 1; i < size; i++) {
    order[i] = ((order[i >> 1] ?? 0) >> 1) | (i & 1 ? size >> 1 : 0);
  }
  return order;
}

/** The factors of the stage that joins halves of `half` entries stand at `half`..2·half, in order. */
function twiddles(size: number): { cosines: Float64Array; sines: Float64Array } {
  const cosines = new Float64Array(size);
  const sines = new Float64Array(size);
  for (let half = 1; half < size; half *= 2) {
    for (let i = 0; i < half; i++) {
      cosines[half + i] = Math.cos((Math.PI * i) / half);
      sines[half + i] = -Math.sin((Math.PI * i) / half);
    }
  }
  return { cosines, sines };
}

/** The factors of these stages are 1 and −i: no multiplication is needed. */
function firstTwoStages(size: number, real: Float64Array, imaginary: Float64Array): void {
  for (let i = 0; i < size; i += 4) {
    const ar = real[i] ?? 0;
    const ai = imaginary[i] ?? 0;
    const br = real[i + 1] ?? 0;
    const bi = imaginary[i + 1] ?? 0;
    const cr = real[i + 2] ?? 0;
    const ci = imaginary[i + 2] ?? 0;
    const dr = real[i + 3] ?? 0;
    const di = imaginary[i + 3] ?? 0;
    real[i] = ar + br + (cr + dr);
    imaginary[i] = ai + bi + (ci + di);
    real[i + 1] = ar - br + (ci - di);
    imaginary[i + 1] = ai - bi - (cr - dr);
    real[i + 2] = ar + br - (cr + dr);
    imaginary[i + 2] = ai + bi - (ci + di);
    real[i + 3] = ar - br - (ci - di);
    imaginary[i + 3] = ai - bi + (cr - dr);
  }
}

type Stage = {
  size: number;
  half: number;
  real: Float64Array;
  imaginary: Float64Array;
  cosines: Float64Array;
  sines: Float64Array;
};

function stage({ size, half, real, imaginary, cosines, sines }: Stage): void {
  for (let start = 0; start < size; start += 2 * half) {
    for (let i = 0; i < half; i++) {
      const a = start + i;
      const b = a + half;
      const c = cosines[half + i] ?? 0;
      const s = sines[half + i] ?? 0;
      const br = real[b] ?? 0;
      const bi = imaginary[b] ?? 0;
      const turnedReal = br * c - bi * s;
      const turnedImaginary = br * s + bi * c;
      const ar = real[a] ?? 0;
      const ai = imaginary[a] ?? 0;
      real[b] = ar - turnedReal;
      imaginary[b] = ai - turnedImaginary;
      real[a] = ar + turnedReal;
      imaginary[a] = ai + turnedImaginary;
    }
  }
}

/**
 * The power spectrum of `size` real samples (a power of two, at least 8) under a Hann window.
 * Samples outside the input count as 0, so `offset` may be negative. The bins of a steady sound sum
 * up to its mean square: a sine of amplitude 1 gives 0.5 in the bins around its frequency.
 *
 * Even and odd samples go as real and imaginary part through a transform of half the size, whose
 * output is then separated (Press et al., Numerical Recipes, "FFT of Real Functions").
 */
export function createPowerSpectrum(size: number): PowerSpectrum {
  const half = size / 2;
  const { order, transform } = createFft(half);
  const { cosines, sines } = twiddles(size);
  const window = new Float64Array(size);
  let windowEnergy = 0;
  for (let i = 0; i < size; i++) {
    const w = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size);
    window[i] = w;
    windowEnergy += w * w;
  }
  const edgeScale = 1 / (size * windowEnergy);
  const real = new Float64Array(half);
  const imaginary = new Float64Array(half);

  return (input, offset, out) => {
    // Nearly every call: a loop that never reads outside the input compiles to much faster code.
    if (offset >= 0 && offset + size <= input.length) {
      for (let i = 0; i < half; i++) {
        const at = order[i] ?? 0;
        real[at] = (input[offset + 2 * i] ?? 0) * (window[2 * i] ?? 0);
        imaginary[at] = (input[offset + 2 * i + 1] ?? 0) * (window[2 * i + 1] ?? 0);
      }
    } else {
      for (let i = 0; i < half; i++) {
        const at = order[i] ?? 0;
        real[at] = sampleAt(input, offset + 2 * i) * (window[2 * i] ?? 0);
        imaginary[at] = sampleAt(input, offset + 2 * i + 1) * (window[2 * i + 1] ?? 0);
      }
    }
    transform(real, imaginary);

    const zeroReal = real[0] ?? 0;
    const zeroImaginary = imaginary[0] ?? 0;
    out[0] = (zeroReal + zeroImaginary) ** 2 * edgeScale;
    out[half] = (zeroReal - zeroImaginary) ** 2 * edgeScale;
    const scale = 2 * edgeScale;
    for (let k = 1; k < half; k++) {
      const m = half - k;
      const evenReal = 0.5 * ((real[k] ?? 0) + (real[m] ?? 0));
      const evenImaginary = 0.5 * ((imaginary[k] ?? 0) - (imaginary[m] ?? 0));
      const oddReal = 0.5 * ((imaginary[k] ?? 0) + (imaginary[m] ?? 0));
      const oddImaginary = 0.5 * ((real[m] ?? 0) - (real[k] ?? 0));
      const c = cosines[half + k] ?? 0;
      const s = sines[half + k] ?? 0;
      const binReal = evenReal + oddReal * c - oddImaginary * s;
      const binImaginary = evenImaginary + oddReal * s + oddImaginary * c;
      out[k] = (binReal * binReal + binImaginary * binImaginary) * scale;
    }
  };
}

function sampleAt(input: Float32Array | Float64Array, index: number): number {
  return index >= 0 && index < input.length ? (input[index] ?? 0) : 0;
}
