import { AppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Fragment } from "../../media/fmp4/fragment.ts";
import type { MovieTracks } from "../../media/fmp4/tracks.ts";
import { wholeMovie } from "../../media/fmp4/whole-movie.ts";
import type { LiveAnswer, LiveFragment, SaidClause } from "../../ports/live-face.ts";
import type { AnswerStep } from "./answer.ts";
import type { LiveHost } from "./live-host.ts";
import { runTurns } from "./run-turns.ts";
import { writePieces } from "./write-pieces.ts";

/** What is to be seen soonest goes before the turns of others. */
const FIRST_TURN_PRIORITY = 1;

export type LiveAnswerOptions = {
  host: LiveHost;
  /** Begins the work `work` in the host. */
  begin: () => Promise<void>;
  work: string;
  tracks: MovieTracks;
  onFragment: (fragment: LiveFragment) => void;
};

/** An answer whose pictures are made in `host`, by turns; its fragments are kept for `save`. */
export function createLiveAnswer(options: LiveAnswerOptions): LiveAnswer {
  const { host, work, tracks, onFragment } = options;
  const { fps } = tracks.pictures;
  const controller = new AbortController();
  const { signal } = controller;
  const cancelled = Promise.withResolvers<never>();
  cancelled.promise.catch(() => {}); // there may be nobody whom to tell
  const letGo = host.hold();
  let fragments: Fragment[] = [];
  let frames = 0;
  let ended = false;
  let freed = false;
  /** Steps go one after another. */
  let last: Promise<unknown> = options.begin();
  last.catch(() => {}); // the first step tells

  function take(fragment: Fragment): void {
    if (signal.aborted) return;
    fragments.push(fragment);
    const start = frames / fps;
    frames += fragment.pictures.length;
    onFragment({ bytes: fragment.bytes, start, duration: frames / fps - start });
  }

  function free(): void {
    if (freed) return;
    freed = true;
    // What cannot be dropped is gone with its process.
    host.run({ kind: "drop", work }).catch(() => {});
    letGo();
  }

  async function made(step: AnswerStep): Promise<SaidClause> {
    checkSignal(signal);
    if (ended) throw new AppError("FACE_FAILED", "the answer has ended: begin another one");
    ended = step.kind === "end";
    const turns = { work, step, signal, onFragment: take, firstPriority: FIRST_TURN_PRIORITY };
    const said = await runTurns(host, turns);
    if (!said) throw new AppError("FACE_FAILED", "the live worker did not take what is to be said");
    return said;
  }

  function go(step: AnswerStep): Promise<SaidClause> {
    const done = last
      .then(() => made(step))
      .catch((thrown: unknown) => {
        ended = true;
        free();
        throw thrown;
      });
    last = done;
    const told = Promise.race([done, cancelled.promise]);
    done.catch(() => {}); // told by the race
    return told;
  }

  return {
    say: (clause) => go({ kind: "say", ...clause }),
    wait: async (seconds) => {
      await go({ kind: "wait", seconds });
    },
    async end() {
      await go({ kind: "end" });
      free();
      return frames / fps;
    },
    async save(file) {
      checkSignal(signal);
      if (!freed)
        throw new AppError("FACE_FAILED", "the answer has not ended: end it, then save it");
      await writePieces(file, wholeMovie(tracks, fragments));
      return { duration: frames / fps, frames };
    },
    cancel() {
      if (signal.aborted) return;
      controller.abort();
      cancelled.reject(new AppError("CANCELLED", "cancelled"));
      fragments = [];
      free();
    },
  };
}
