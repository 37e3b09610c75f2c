import { createGrowingSamples } from "./growing-samples.ts";
import { createKWeighting } from "./k-weighting.ts";

/** The course of a mono signal's level, one entry for every 10 ms. */
export type FrameLevels = {
  frameSeconds: 0.01;
  /** Mean square of each frame's samples. */
  powers: Float32Array;
  /** The same after the K-weighting of ITU-R BS.1770-4. */
  weighted: Float32Array;
};

export type FrameMeter = {
  /** Takes the next samples of the stream, any number of them. */
  push(samples: Float32Array): void;
  /** The levels of all that was pushed. A last partial frame counts when at least half of it is there. */
  finish(): FrameLevels;
};

const FRAMES_PER_SECOND = 100;

/**
 * Measures a mono stream of any length. Frame f covers the samples from round(f · sampleRate / 100)
 * up to the next frame, so frame times do not drift where 10 ms are no whole number of samples.
 */
export function createFrameMeter(sampleRate: number): FrameMeter {
  const weighting = createKWeighting(sampleRate);
  const powers = createGrowingSamples();
  const weighted = createGrowingSamples();
  let frame = 0;
  let position = 0;
  let frameStart = 0;
  let frameEnd = Math.round(sampleRate / FRAMES_PER_SECOND);
  let plainEnergy = 0;
  let weightedEnergy = 0;

  function closeFrame(): void {
    powers.push(plainEnergy / (position - frameStart));
    weighted.push(weightedEnergy / (position - frameStart));
    plainEnergy = 0;
    weightedEnergy = 0;
    frame++;
    frameStart = frameEnd;
    frameEnd = Math.round(((frame + 1) * sampleRate) / FRAMES_PER_SECOND);
  }

  return {
    push(samples) {
      let index = 0;
      while (index < samples.length) {
        const end = Math.min(samples.length, index + frameEnd - position);
        plainEnergy += energyOf(samples, index, end);
        weightedEnergy += weighting.energy(samples, index, end);
        position += end - index;
        index = end;
        if (position === frameEnd) closeFrame();
      }
    },
    finish() {
      if (2 * (position - frameStart) >= frameEnd - frameStart) closeFrame();
      return { frameSeconds: 0.01, powers: powers.values(), weighted: weighted.values() };
    },
  };
}

/** The levels of a whole mono signal; see {@link createFrameMeter}. */
export function frameLevels(samples: Float32Array, sampleRate: number): FrameLevels {
  const meter = createFrameMeter(sampleRate);
  meter.push(samples);
  return meter.finish();
}

/** Sum of the squares of `samples[from..to)`. */
export function energyOf(samples: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const x = samples[i] ?? 0;
    sum += x * x;
  }
  return sum;
}
