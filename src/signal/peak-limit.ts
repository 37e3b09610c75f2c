/** The gain runs straight between nodes this many samples apart, well below a millisecond. */
const NODE_DISTANCE = 32;
/** Over so many nodes on each side the gain is held down, and then averaged. */
const REACH = 4;
/** Keeps the result below the ceiling after it is rounded to 32 bits. */
const ROUNDING_MARGIN = 1 - 2 ** -22;

/**
 * Turns peaks above `ceiling` (an amplitude) down, in place. The gain falls ahead of a peak and
 * recovers after it over 288 samples (6 ms at 48 kHz) without a step, so nothing clicks. Samples
 * away from peaks, and a sound without any, stay as they are bit for bit.
 *
 * Node n stands before block n. First each node takes the lowest gain needed within REACH blocks on
 * either side, then the mean of the nodes within REACH. Every node of that mean reaches over the
 * peak's block, so at both ends of a block the gain is at most what its peak needs.
 */
export function limitPeaks(samples: Float32Array, ceiling = 0.98): void {
  const blocks = Math.ceil(samples.length / NODE_DISTANCE);
  const needed = new Float64Array(blocks).fill(1);
  let limited = false;
  for (let b = 0; b < blocks; b++) {
    const peak = peakOf(samples, b * NODE_DISTANCE, (b + 1) * NODE_DISTANCE);
    if (peak <= ceiling) continue;
    needed[b] = (ceiling / peak) * ROUNDING_MARGIN;
    limited = true;
  }
  if (!limited) return;

  const held = new Float64Array(blocks + 1).fill(1);
  for (let n = 0; n <= blocks; n++) {
    let lowest = 1;
    for (let b = Math.max(0, n - REACH - 1); b <= Math.min(blocks - 1, n + REACH); b++) {
      lowest = Math.min(lowest, needed[b] ?? 1);
    }
    held[n] = lowest;
  }
  let gain = meanAround(held, 0);
  for (let b = 0; b < blocks; b++) {
    const next = meanAround(held, b + 1);
    if (gain !== 1 || next !== 1) ramp(samples, b * NODE_DISTANCE, gain, next);
    gain = next;
  }
}

function peakOf(samples: Float32Array, from: number, to: number): number {
  let peak = 0;
  const end = Math.min(samples.length, to);
  for (let i = from; i < end; i++) {
    const level = Math.abs(samples[i] ?? 0);
    if (level > peak) peak = level;
  }
  return peak;
}

/** Beyond the ends the first and last node go on; so the mean is 1 only where all of them are. */
function meanAround(nodes: Float64Array, node: number): number {
  let sum = 0;
  for (let n = node - REACH; n <= node + REACH; n++) {
    sum += nodes[Math.max(0, Math.min(nodes.length - 1, n))] ?? 1;
  }
  return sum / (2 * REACH + 1);
}

function ramp(samples: Float32Array, from: number, gain: number, next: number): void {
  const slope = (next - gain) / NODE_DISTANCE;
  const end = Math.min(samples.length, from + NODE_DISTANCE);
  for (let i = from; i < end; i++) samples[i] = (samples[i] ?? 0) * (gain + slope * (i - from));
}
