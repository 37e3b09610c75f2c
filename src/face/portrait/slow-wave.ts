/** A number that wanders slowly about 0 and stays within −1..1. */
export type SlowWave = (seconds: number) => number;

/** How many sines make a wave: enough that it does not seem to repeat. */
const SINES = 4;

/**
 * A wave of sines between two frequencies.
 * @param options.random 0 up to 1.
 * @param options.period Seconds after which it repeats exactly; without, it does not.
 */
export function createSlowWave({
  random,
  lowestHz,
  highestHz,
  period,
}: {
  random: () => number;
  lowestHz: number;
  highestHz: number;
  period?: number | undefined;
}): SlowWave {
  const sines = Array.from({ length: SINES }, (_, index) => {
    const share = (index + random()) / SINES;
    const hertz = lowestHz * (highestHz / lowestHz) ** share;
    const whole = period === undefined ? hertz : Math.max(1, Math.round(hertz * period)) / period;
    // The slower, the wider, as heads and eyes move.
    return { hertz: whole, phase: random() * 2 * Math.PI, height: 1 / (index + 1) };
  });
  const sum = sines.reduce((all, { height }) => all + height, 0);
  return (seconds) => {
    let value = 0;
    for (const { hertz, phase, height } of sines) {
      value += height * Math.sin(2 * Math.PI * hertz * seconds + phase);
    }
    return value / sum;
  };
}
