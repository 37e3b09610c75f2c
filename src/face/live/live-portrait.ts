import { AppError } from "../../domain/app-error.ts";
import type { Fragment } from "../../media/fmp4/fragment.ts";
import { initSegment } from "../../media/fmp4/init-segment.ts";
import { type MovieTracks, mimeTypeOf } from "../../media/fmp4/tracks.ts";
import { wholeMovie } from "../../media/fmp4/whole-movie.ts";
import type { LivePortrait } from "../../ports/live-face.ts";
import { createLiveAnswer } from "./live-answer.ts";
import type { LiveHost } from "./live-host.ts";
import type { LiveHosts } from "./live-hosts.ts";
import type { LiveTask, StillPortrait } from "./live-task.ts";
import { runTurns } from "./run-turns.ts";

/** What is said goes before the idle clip. */
const IDLE_PRIORITY = -1;

export type LivePortraitEntry = {
  portrait: LivePortrait;
  /** Bytes that this process keeps of it. */
  memory(): number;
};

/** @throws AppError FACE_FAILED, CANCELLED. */
export async function createLivePortrait({
  name,
  still,
  fps,
  hosts,
}: {
  name: string;
  still: StillPortrait;
  fps: number;
  hosts: LiveHosts;
}): Promise<LivePortraitEntry> {
  const { width, height, pixels } = still.picture;
  const tracks = await openIn(hosts.choose(name, () => {}));
  const init = initSegment(tracks);
  let works = 0;
  let idle: Promise<Uint8Array> | undefined;
  let idleBytes = 0;

  async function openIn(host: LiveHost): Promise<MovieTracks> {
    const result = await host.run({ kind: "open", portrait: name, still, fps });
    if (result.kind === "opened") return result.tracks;
    throw new AppError("FACE_FAILED", "the live worker did not open the portrait");
  }

  /** Begins a work, in a process that may have been started anew or has closed the portrait meanwhile. */
  async function begin(host: LiveHost, task: LiveTask): Promise<void> {
    const result = await host.run(task);
    if (result.kind !== "unknown") return;
    await openIn(host);
    const again = await host.run(task);
    if (again.kind === "unknown") {
      throw new AppError("FACE_FAILED", "the live worker lost the portrait", { retryable: true });
    }
  }

  function chooseHost(): LiveHost {
    return hosts.choose(name, (free) => {
      openIn(free).catch(() => {}); // it is told when it is needed
    });
  }

  async function makeIdle(): Promise<Uint8Array> {
    const host = chooseHost();
    const letGo = host.hold();
    const work = `${name} ${works++}`;
    try {
      await begin(host, { kind: "idle", portrait: name, work });
      const fragments: Fragment[] = [];
      const onFragment = (fragment: Fragment) => void fragments.push(fragment);
      const priorities = { firstPriority: IDLE_PRIORITY, priority: IDLE_PRIORITY };
      await runTurns(host, { work, onFragment, ...priorities });
      const { pictures } = tracks;
      const movie = Buffer.concat(wholeMovie({ pictures }, fragments));
      idleBytes = movie.length;
      return movie;
    } finally {
      host.run({ kind: "drop", work }).catch(() => {}); // it is gone with its process
      letGo();
    }
  }

  const portrait: LivePortrait = {
    width,
    height,
    fps,
    mimeType: mimeTypeOf(tracks),
    init,
    idle() {
      idle ??= makeIdle().catch((thrown: unknown) => {
        idle = undefined; // the next one who asks tries again
        throw thrown;
      });
      return idle;
    },
    begin({ onFragment }) {
      const host = chooseHost();
      const seed = works++;
      const work = `${name} ${seed}`;
      return createLiveAnswer({
        host,
        begin: () => begin(host, { kind: "begin", portrait: name, work, seed }),
        work,
        tracks,
        onFragment,
      });
    },
  };
  return { portrait, memory: () => pixels.length + init.length + idleBytes };
}
