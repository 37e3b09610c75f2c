/** y[n] = b0·x[n] + b1·x[n−1] + b2·x[n−2] − a1·y[n−1] − a2·y[n−2] */
export type Biquad = { b0: number; b1: number; b2: number; a1: number; a2: number };

/** The K-weighting filter of ITU-R BS.1770-4 for one channel; it keeps its state between calls. */
export type KWeighting = {
  /** The high shelf (the head) and the high pass, in this order. */
  readonly stages: readonly [Biquad, Biquad];
  /** Passes `samples[from..to)` through the filter and returns the sum of the squares that come out. */
  energy(samples: Float32Array, from: number, to: number): number;
};

/** States below this are set to 0: numbers near the smallest double make a filter very slow. */
const NEGLIGIBLE = 1e-30;

/**
 * The two filters of BS.1770-4 for any sample rate. The standard publishes coefficients for 48 kHz
 * only; the analogue prototypes behind them (corner, gain and quality as recovered by libebur128 and
 * by De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement") are transformed
 * here by the bilinear transform.
 */
function kWeightingStages(sampleRate: number): readonly [Biquad, Biquad] {
  const shelfTangent = Math.tan((Math.PI * 1681.974450955533) / sampleRate);
  const shelfQuality = 0.7071752369554196;
  const high = 10 ** (3.999843853973347 / 20);
  const middle = high ** 0.4996667741545416;
  const square = shelfTangent ** 2;
  const slope = shelfTangent / shelfQuality;
  const shelfScale = 1 / (1 + slope + square);

  const passTangent = Math.tan((Math.PI * 38.13547087602444) / sampleRate);
  const passQuality = 0.5003270373238773;
  const passScale = 1 / (1 + passTangent / passQuality + passTangent ** 2);

  return [
    {
      b0: (high + middle * slope + square) * shelfScale,
      b1: 2 * (square - high) * shelfScale,
      b2: (high - middle * slope + square) * shelfScale,
      a1: 2 * (square - 1) * shelfScale,
      a2: (1 - slope + square) * shelfScale,
    },
    {
      b0: 1,
      b1: -2,
      b2: 1,
      a1: 2 * (passTangent ** 2 - 1) * passScale,
      a2: (1 - passTangent / passQuality + passTangent ** 2) * passScale,
    },
  ];
}

/** A K-weighting filter at rest, for a sample rate in Hz of at least 8000. */
export function createKWeighting(sampleRate: number): KWeighting {
  const stages = kWeightingStages(sampleRate);
  const [shelf, pass] = stages;
  // Transposed direct form II: two states a stage.
  let shelf1 = 0;
  let shelf2 = 0;
  let pass1 = 0;
  let pass2 = 0;
  return {
    stages,
    energy(samples, from, to) {
      const { b0, b1, b2, a1, a2 } = shelf;
      const { a1: c1, a2: c2 } = pass;
      let s1 = shelf1;
      let s2 = shelf2;
      let p1 = pass1;
      let p2 = pass2;
      let sum = 0;
      for (let i = from; i < to; i++) {
        const x = samples[i] ?? 0;
        const y = b0 * x + s1;
        s1 = b1 * x - a1 * y + s2;
        s2 = b2 * x - a2 * y;
        const z = y + p1;
        p1 = p2 - 2 * y - c1 * z;
        p2 = y - c2 * z;
        sum += z * z;
      }
      shelf1 = flushed(s1);
      shelf2 = flushed(s2);
      pass1 = flushed(p1);
      pass2 = flushed(p2);
      return sum;
    },
  };
}

function flushed(state: number): number {
  return Math.abs(state) < NEGLIGIBLE ? 0 : state;
}
