import { createGate } from "./gate.ts";
import type { Outbox } from "./outbox.ts";
import type { PlayerClock } from "./player-clock.ts";
import type { AnswerMedia } from "./stage.ts";
import { pause, type Timers } from "./timers.ts";

/** Media goes out at most so long before it is played, seconds. */
export const LEAD_SECONDS = 1.2;
/** A player may be paused or come back: it is looked at so often, ms. */
const LOOK_MS = 200;
const SHORTEST_WAIT_MS = 5;
const NO_ROOM_WAIT_MS = 40;

/** Sends an answer's media in order, and no further ahead of the player than it needs. */
export type MediaPump = {
  add(media: AnswerMedia): void;
  /** Nothing more comes. */
  finish(): void;
  /** Seconds of media that wait. */
  waiting(): number;
};

/**
 * @param options.isAttached Whether a client is there; without one everything waits.
 * @param options.patienceMs How long a connected client may take nothing.
 * @param options.onStuck It took nothing for longer.
 */
export function createMediaPump(options: {
  epoch: number;
  outbox: Outbox;
  player: PlayerClock;
  isAttached: () => boolean;
  patienceMs: number;
  onStuck: () => void;
  timers: Timers;
  signal: AbortSignal;
}): MediaPump {
  const { epoch, outbox, player, isAttached, patienceMs, onStuck, timers, signal } = options;
  let queue: AnswerMedia[] = [];
  let isFinished = false;
  const changed = createGate();

  async function run(): Promise<void> {
    let stuckSince: number | null = null;
    while (!signal.aborted) {
      const [first] = queue;
      if (!first) {
        if (isFinished) return;
        await changed.wait(signal);
        continue;
      }
      const earlyMs = 1000 * (first.start - player.position() - LEAD_SECONDS);
      if (!isAttached() || earlyMs > 0) {
        stuckSince = null;
        const ms = isAttached() ? Math.min(LOOK_MS, Math.max(SHORTEST_WAIT_MS, earlyMs)) : LOOK_MS;
        await pause(timers, ms, signal);
      } else if (!outbox.hasRoom()) {
        stuckSince ??= timers.clock();
        if (timers.clock() - stuckSince > patienceMs) {
          stuckSince = null;
          onStuck();
        }
        await pause(timers, NO_ROOM_WAIT_MS, signal);
      } else {
        stuckSince = null;
        queue.shift();
        outbox.media(epoch, first);
        player.begin();
      }
    }
    queue = [];
  }

  void run();
  return {
    add(media) {
      queue.push(media);
      changed.open();
    },
    finish() {
      isFinished = true;
      changed.open();
    },
    waiting: () => queue.reduce((sum, { duration }) => sum + duration, 0),
  };
}
