import type { Clock } from "../../ports/clock.ts";

/** Without news of the player its time is taken to run on for so long, seconds. */
const TRUSTED_SECONDS = 2;

/** Where the client's player is in an answer, between its own reports. */
export type PlayerClock = {
  /** The first piece of the answer has gone out: it may play from now on. Later calls do nothing. */
  begin(): void;
  /** The player's own word. */
  report(at: number, playing: boolean): void;
  /** The client is gone: its player stands still until it reports again. */
  stop(): void;
  /** Seconds of the answer's timeline; 0 before it began. */
  position(): number;
};

export function createPlayerClock(clock: Clock): PlayerClock {
  let known: { at: number; playing: boolean; since: number } | null = null;

  function position(): number {
    if (known === null) return 0;
    if (!known.playing) return known.at;
    return known.at + Math.min(TRUSTED_SECONDS, Math.max(0, (clock() - known.since) / 1000));
  }

  return {
    begin() {
      known ??= { at: 0, playing: true, since: clock() };
    },
    report(at, playing) {
      known = { at, playing, since: clock() };
    },
    stop() {
      known = { at: position(), playing: false, since: clock() };
    },
    position,
  };
}
