import { NOSE_BASE } from "../../landmarks/landmark-groups.ts";
import { type LocalFrame, landmarkAt } from "../../portrait/local-frame.ts";
import type { FilmedFace } from "../picture-maker.ts";
import type { Model } from "./choose-donor.ts";
import {
  drifted,
  type HeadMotion,
  headMotion,
  movedFrame,
  reversedMotion,
  smoothTurns,
} from "./head-motion.ts";
import { type LightMatch, lightAround, matchLight, skinPoints } from "./light-match.ts";
import { mouthDrift } from "./mouth-drift.ts";
import { createMouthReader, type RecordedMouth } from "./recorded-mouth.ts";
import { settledMotion, steadyPatch } from "./settle-motion.ts";

/** Where the model's mouth lies in a picture of the stretch, and what is there. */
export type PlacedMouth = {
  frame: LocalFrame;
  /** From the picture to the model. */
  motion: HeadMotion;
  recorded: RecordedMouth;
  /** What the model lacks of the picture's light. */
  light: LightMatch;
};

/**
 * Finds where the head carries the model's mouth in the pictures of a stretch.
 * @param index Which of them is the model.
 * @returns The place in a picture; RangeError when there is no such picture.
 */
export function createMouthPlacer(
  { pictures, faces }: FilmedFace,
  { picture, face: { landmarks }, mouth, sides }: Model,
  index: number,
): (source: number) => PlacedMouth {
  const read = createMouthReader({ model: mouth, landmarks });
  const points = skinPoints(mouth, sides, 0);
  const modelLight = lightAround(picture, mouth.frame, points);
  const steady = steadyPatch(picture, mouth);
  const turns = smoothTurns(
    faces.map((face) => headMotion(landmarks, face.landmarks)),
    landmarkAt(landmarks, NOSE_BASE[3]),
  );
  const motions = turns.map((turn, source) =>
    settledMotion(turn, steady, pictures[source] ?? picture),
  );
  const drifts = mouthDrift({
    frames: motions.map((motion) => movedFrame(motion, mouth.frame)),
    faces,
    model: index,
  });
  const placed: PlacedMouth[] = [];

  function place(source: number): PlacedMouth {
    const [planes, face, motion] = [pictures[source], faces[source], motions[source]];
    if (!planes || !face || !motion) {
      throw new RangeError(
        `speaker's mouth: there is no picture ${source} among ${pictures.length}; give one from 0 on`,
      );
    }
    const there = drifted(motion, mouth.frame, drifts[source] ?? [0, 0]);
    const frame = movedFrame(there, mouth.frame);
    const recorded = read(frame, face.landmarks);
    const moved = skinPoints(mouth, sides, recorded.jaw);
    const light = matchLight(modelLight, lightAround(planes, frame, moved), points);
    return { frame, motion: reversedMotion(there), recorded, light };
  }

  return (source) => {
    placed[source] ??= place(source);
    return placed[source];
  };
}
