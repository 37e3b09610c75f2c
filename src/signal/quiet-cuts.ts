export type QuietCutsOptions = {
  sampleRate: number;
  /** Longest stretch between two cuts, seconds. */
  longest: number;
  /** A cut lies in the last seconds of a stretch, this many. */
  search: number;
};

/** Long enough for a pause between words, seconds. */
const PAUSE = 0.1;
const STEPS_A_PAUSE = 4;

/**
 * Where to cut a long sound so that as few words as possible are cut: at the quietest 0.1 s of the end
 * of each stretch, the last one among equals.
 * @returns Indices of samples, ascending; none for a sound that is short enough.
 */
export function quietCuts(samples: Float32Array, options: QuietCutsOptions): number[] {
  const [longest, search, pause] = [options.longest, options.search, PAUSE].map((seconds) =>
    Math.max(1, Math.round(seconds * options.sampleRate)),
  ) as [number, number, number]; // as many as went in
  const cuts: number[] = [];
  let from = 0;
  while (samples.length - from > longest) {
    from = quietest(samples, { from: from + longest - search, to: from + longest, pause });
    cuts.push(from);
  }
  return cuts;
}

function quietest(
  samples: Float32Array,
  { from, to, pause }: { from: number; to: number; pause: number },
): number {
  const step = Math.max(1, Math.floor(pause / STEPS_A_PAUSE));
  let best = { at: to, energy: Number.POSITIVE_INFINITY };
  for (let start = from; start + pause <= to; start += step) {
    let energy = 0;
    for (let index = start; index < start + pause; index++) energy += (samples[index] ?? 0) ** 2;
    if (energy <= best.energy) best = { at: start + Math.floor(pause / 2), energy };
  }
  return best.at;
}
