/** Levels are never reported below this, so that silence stays a number one can calculate with. */
export const FLOOR_DB = -120;

/** Level in dB of an amplitude (its sign does not matter; 1 is 0 dB), at least −120. */
export function toDb(amplitude: number): number {
  return Math.max(FLOOR_DB, 20 * Math.log10(Math.abs(amplitude)));
}

/** Amplitude of a level in dB: 0 dB is 1. */
export function fromDb(db: number): number {
  return 10 ** (db / 20);
}

/** Level in dB of a power (a mean square; 1 is 0 dB), at least −120. */
export function powerToDb(power: number): number {
  return Math.max(FLOOR_DB, 10 * Math.log10(power));
}
