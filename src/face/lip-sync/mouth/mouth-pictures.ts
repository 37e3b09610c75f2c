import type { Yuv420 } from "../../portrait/planes.ts";
import { createPlanes } from "../../portrait/planes.ts";
import { createMouthTrack } from "../../visemes/mouth-track.ts";
import type { FilmedFace, NewPictures } from "../picture-maker.ts";
import { createSpeakerMouth } from "./speaker-mouth.ts";

/** Over so many pictures at both ends the recorded mouth becomes the new one, and again the recorded one. */
const FADE = 3;

/**
 * Makes the pictures in which a speaker says `visemes`. The first and the last are those that were
 * recorded; from the third to the third last the mouth is all new, at rest where nothing is said.
 */
export function* mouthPictures(
  filmed: FilmedFace,
  { sources, frameSeconds, audio, visemes }: NewPictures,
): Generator<Yuv420> {
  const [first] = filmed.pictures;
  if (!first) return;
  const speaker = createSpeakerMouth(filmed);
  const mouth = createMouthTrack(visemes, { audio });
  const out = createPlanes(first.width, first.height);
  for (const [index, source] of sources.entries()) {
    // What is shown for the length of a picture is right in its middle.
    const shape = mouth.at((index + 0.5) * frameSeconds, frameSeconds);
    const fromEnd = Math.min(index, sources.length - 1 - index);
    speaker.render({ source, shape, share: Math.min(1, fromEnd / FADE) }, out);
    yield out;
  }
}
