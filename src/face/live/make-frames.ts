import { setImmediate as eventsServed } from "node:timers/promises";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Run } from "../../media/fmp4/fragment.ts";

/** Most frames in a fragment, and in a turn. */
const FRAMES_A_TURN = 5;
/** The first ones go out one by one: a player shows the first of them soonest. */
const SINGLE_FRAMES = 5;

/**
 * Makes the next frames, at most {@link FRAMES_A_TURN} of those that are ready.
 * @param options.make Makes the next one, so that `made` is one more.
 * @returns whether all that are ready are made.
 * @throws AppError CANCELLED, between two frames.
 */
export async function makeFrames({
  made,
  ready,
  make,
  handOver,
  cancelled,
}: {
  made: () => number;
  ready: () => number;
  make: () => Run["samples"][number];
  handOver: (pictures: Run["samples"]) => void;
  cancelled: AbortSignal;
}): Promise<boolean> {
  const until = Math.min(ready(), made() + FRAMES_A_TURN);
  let pictures: Run["samples"] = [];
  while (made() < until) {
    checkSignal(cancelled);
    pictures.push(make());
    if (made() <= SINGLE_FRAMES || made() === until) {
      handOver(pictures);
      pictures = [];
    }
    await eventsServed();
  }
  return made() >= ready();
}
