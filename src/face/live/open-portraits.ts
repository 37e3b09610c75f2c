import type { MovieTracks } from "../../media/fmp4/tracks.ts";
import { createIdleLoop } from "../portrait/motion.ts";
import { createPortrait, type Portrait, REST_MOUTH } from "../portrait/portrait.ts";
import { wholeFrame } from "../talking/whole-frame.ts";
import { MOUTH_SHAPES } from "../visemes/mouth-shapes.ts";
import {
  createLivePictureEncoder,
  createLiveSoundEncoder,
  type LivePictures,
} from "./live-encoder.ts";
import type { StillPortrait } from "./live-task.ts";

/** Of those that nobody uses, no more than so many are kept besides. */
const MOST_UNUSED = 7;
/** So many pictures are drawn before the first one is needed: the first ones are slow. */
const WARMING_FRAMES = 60;

/** The portraits that a live worker holds. */
export type OpenPortraits = {
  /** @returns what a player of them must be told. */
  open(name: string, portrait: { still: StillPortrait; fps: number }): MovieTracks;
  /** A portrait that stays open until it is released; undefined when it is not open. */
  use(
    name: string,
  ): { portrait: Portrait; pictures: LivePictures; release: () => void } | undefined;
};

type Opened = { portrait: Portrait; pictures: LivePictures; tracks: MovieTracks; users: number };

export function createOpenPortraits(): OpenPortraits {
  /** The one that was used last is the last. */
  const opened = new Map<string, Opened>();
  let warm = false;

  function make({ still, fps }: { still: StillPortrait; fps: number }): Opened {
    const { picture, landmarks } = still;
    const portrait = createPortrait({ source: picture, landmarks });
    if (!warm) warmUp(portrait);
    warm = true;
    const pictures = { width: picture.width, height: picture.height, fps };
    using shown = createLivePictureEncoder(pictures);
    using heard = createLiveSoundEncoder();
    return { portrait, pictures, tracks: { pictures: shown.track, sounds: heard.track }, users: 0 };
  }

  function forgetOldest(): void {
    const unused = [...opened].filter(([, { users }]) => users === 0);
    const surplus = unused.length - MOST_UNUSED;
    for (const [name] of unused.slice(0, Math.max(0, surplus))) opened.delete(name);
  }

  function touch(name: string): Opened | undefined {
    const found = opened.get(name);
    if (!found) return undefined;
    opened.delete(name);
    opened.set(name, found);
    return found;
  }

  return {
    open(name, given) {
      const found = touch(name) ?? make(given);
      opened.set(name, found);
      forgetOldest();
      return found.tracks;
    },
    use(name) {
      const found = touch(name);
      if (!found) return undefined;
      found.users++;
      const { portrait, pictures } = found;
      return { portrait, pictures, release: () => found.users-- };
    },
  };
}

/** All that a face does, in every mixture: what is drawn later has been compiled for then. */
function warmUp(portrait: Portrait): void {
  const { planes } = wholeFrame(portrait.width, portrait.height);
  const motion = createIdleLoop({ seed: 1, seconds: 6 });
  const shapes = Object.values(MOUTH_SHAPES);
  for (let frame = 0; frame < WARMING_FRAMES; frame++) {
    portrait.render(shapes[frame % shapes.length] ?? REST_MOUTH, motion.at(frame / 10), planes);
  }
}
