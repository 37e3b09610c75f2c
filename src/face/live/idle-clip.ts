import type { HeadPose } from "../../domain/face.ts";
import { createIdleLoop } from "../portrait/motion.ts";
import { type Portrait, REST_MOUTH } from "../portrait/portrait.ts";
import { wholeFrame } from "../talking/whole-frame.ts";
import {
  createFragmentWriter,
  createLivePictureEncoder,
  type LivePictures,
} from "./live-encoder.ts";
import type { LiveWork } from "./live-work.ts";
import { makeFrames } from "./make-frames.ts";

/** Long enough not to seem to repeat at once, short enough to be loaded and made soon. */
export const IDLE_SECONDS = 6;
/** With it, eyes blink once in the loop. */
const SEED = 20_251;

/** The pose that the idle clip begins with, and every answer begins and ends with. */
export function homePose(): HeadPose {
  return createIdleLoop({ seed: SEED, seconds: IDLE_SECONDS }).at(0);
}

/** The pictures of {@link IDLE_SECONDS} in which a portrait does nothing, and which join themselves. */
export function createIdleClip({
  portrait,
  pictures,
}: {
  portrait: Portrait;
  pictures: LivePictures;
}): LiveWork {
  const { width, height, fps } = pictures;
  const loop = createIdleLoop({ seed: SEED, seconds: IDLE_SECONDS });
  const encoder = createLivePictureEncoder(pictures);
  const frame = wholeFrame(width, height);
  const write = createFragmentWriter();
  const frames = IDLE_SECONDS * fps;
  let made = 0;
  return {
    turn: (handOver, cancelled) =>
      makeFrames({
        made: () => made,
        ready: () => frames,
        make() {
          portrait.render(REST_MOUTH, loop.at(made++ / fps), frame.planes);
          return encoder.encode(frame.bytes);
        },
        handOver: (samples) => handOver(write(samples, [])),
        cancelled,
      }),
    [Symbol.dispose]: () => encoder[Symbol.dispose](),
  };
}
