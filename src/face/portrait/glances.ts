import { mix, smoothstep } from "./easing.ts";

/** Seconds that the eyes rest on a place, from and to. */
const SHORTEST_REST = 0.7;
const LONGEST_REST = 3.2;
/** Seconds of a jump (saccade) of a few degrees (Bahill et al., Math. Biosci. 24, 1975). */
const JUMP = 0.05;
/** The viewer is looked at most of the time; other places lie within these parts of what eyes can. */
const VIEWER_SHARE = 0.6;
const AWAY_X = 0.55;
const AWAY_Y = 0.35;
/** Eyes that rest on the viewer go from one eye to the other. */
const VIEWER_X = 0.12;

/** Where the eyes look, −1..1 each. */
export type Glance = { x: number; y: number };

/** Where the eyes look at a moment. */
export type Glances = { at(seconds: number): Glance };

type Jump = { start: number; to: Glance };

/**
 * Eyes that rest on the viewer and now and then glance away, in jumps. They begin straight ahead.
 * @param options.end They look straight ahead again from shortly before it on, seconds.
 */
export function createGlances({
  random,
  end = Number.POSITIVE_INFINITY,
}: {
  random: () => number;
  end?: number | undefined;
}): Glances {
  const jumps: Jump[] = [{ start: Number.NEGATIVE_INFINITY, to: { x: 0, y: 0 } }];
  const last = end - SHORTEST_REST;
  let next = SHORTEST_REST + random() * (LONGEST_REST - SHORTEST_REST);
  let ended = false;

  function plan(until: number): void {
    while (!ended && next <= until) {
      ended = next >= last;
      jumps.push({ start: Math.min(next, last), to: ended ? { x: 0, y: 0 } : somewhere(random) });
      next += SHORTEST_REST + random() * (LONGEST_REST - SHORTEST_REST);
      if (next > last) next = Math.max(last, (jumps.at(-1)?.start ?? 0) + JUMP);
    }
  }

  return {
    at(seconds) {
      plan(seconds);
      let index = jumps.length - 1;
      while (index > 0 && (jumps[index]?.start ?? 0) > seconds) index--;
      const jump = jumps[index];
      const from = jumps[index - 1]?.to ?? { x: 0, y: 0 };
      if (!jump) return from;
      const share = smoothstep(0, JUMP, seconds - jump.start);
      return { x: mix(from.x, jump.to.x, share), y: mix(from.y, jump.to.y, share) };
    },
  };
}

function somewhere(random: () => number): Glance {
  const away = random() >= VIEWER_SHARE;
  const x = (2 * random() - 1) * (away ? AWAY_X : VIEWER_X);
  const y = (2 * random() - 1) * (away ? AWAY_Y : 0.5 * VIEWER_X);
  return { x, y };
}
