export function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

/** From `a` at share 0 to `b` at share 1. */
export function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** 0 up to `from`, 1 from `to` on, between them 3t² − 2t³: it begins and ends without a kink. */
export function smoothstep(from: number, to: number, value: number): number {
  const t = clamp((value - from) / (to - from), 0, 1);
  return t * t * (3 - 2 * t);
}

/** 1 at 0, 0 from ±1 on, without a kink: (1 − x²)². Takes x². */
export function bump(squared: number): number {
  return squared < 1 ? (1 - squared) * (1 - squared) : 0;
}
