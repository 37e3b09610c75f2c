/** A limit as it is stored, and how many tasks under it are under work. */
export type LimitState = {
  /** Tasks at a time; null for any number. */
  concurrency: number | null;
  /** Cost per minute; null for any. */
  perMinute: number | null;
  /** What was left of `perMinute` at `filledAt` (ms since 1970); null when all of it. */
  tokens: number | null;
  filledAt: number;
  pausedUntil: number;
  leased: number;
};

/** What may begin now. */
export type Room = {
  /** Tasks; may be Infinity. */
  tasks: number;
  /** Cost; Infinity when there is no rate. Below 0 after a task that cost more than a minute's worth. */
  tokens: number;
  /** What `tokens` rises to when nothing begins. */
  capacity: number;
};

const MINUTE_MS = 60_000;
/** Fractions of a minute do not add up exactly. */
const ROUNDING = 1e-6;

export function roomOf(limit: LimitState, now: number): Room {
  const isPaused = limit.pausedUntil > now;
  const free = Math.max(0, (limit.concurrency ?? Number.POSITIVE_INFINITY) - limit.leased);
  const capacity = limit.perMinute ?? Number.POSITIVE_INFINITY;
  return { tasks: isPaused ? 0 : free, tokens: tokensAt(limit, now), capacity };
}

function tokensAt({ perMinute, tokens, filledAt }: LimitState, now: number): number {
  if (perMinute === null) return Number.POSITIVE_INFINITY;
  if (tokens === null) return perMinute;
  const refilled = (perMinute * Math.max(0, now - filledAt)) / MINUTE_MS;
  return Math.min(perMinute, tokens + refilled);
}

/**
 * How many tasks of these costs may begin, in their order. One that costs more than a minute's worth
 * may begin when nothing of the minute is used, or it never would.
 */
export function fitting(costs: readonly number[], room: Room): number {
  let { tokens } = room;
  let count = 0;
  for (const cost of costs) {
    if (count >= room.tasks || tokens + ROUNDING < Math.min(cost, room.capacity)) break;
    tokens -= cost;
    count++;
  }
  return count;
}

/** Whether a task of the usual cost could begin. */
export function isOpen(room: Room): boolean {
  return fitting([1], room) === 1;
}
