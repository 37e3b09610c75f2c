import type { MouthShape } from "../../../domain/face.ts";
import { curveAt } from "../../portrait/curve.ts";
import { mix } from "../../portrait/easing.ts";
import { eyeGeometries, pointsInEye } from "../../portrait/eye-geometry.ts";
import { faceColours } from "../../portrait/face-colours.ts";
import { type Box, boxAround, type LocalFrame } from "../../portrait/local-frame.ts";
import {
  MOUTH_REACH,
  type MouthGeometry,
  mouthGeometry,
  NECK_REACH,
} from "../../portrait/mouth-geometry.ts";
import { createMouthInterior, type MouthInterior } from "../../portrait/mouth-interior.ts";
import { createOpening, openMouth } from "../../portrait/mouth-opening.ts";
import { SPREAD, warpMouth } from "../../portrait/mouth-warp.ts";
import { chromaOf, type Yuv420 } from "../../portrait/planes.ts";
import { clearInk, createPointRow, inkRow, sampleRow } from "../../portrait/point-row.ts";
import type { FilmedFace } from "../picture-maker.ts";
import { chooseDonor, type Model } from "./choose-donor.ts";
import { createDonorInterior } from "./donor-interior.ts";
import { faceSides } from "./face-sides.ts";
import { fromRecorded, mixOpening } from "./mix-openings.ts";
import { chooseModel } from "./model-picture.ts";
import { coverRow, layOver, rowsWithin, setRow, toModel } from "./model-row.ts";
import { mouthMask } from "./mouth-mask.ts";
import { createMouthPlacer } from "./place-mouth.ts";
import { asWide, type RecordedMouth } from "./recorded-mouth.ts";
import { planeOf } from "./sample-planes.ts";

/** A speaker whose mouth is drawn anew in the pictures of a stretch. */
export type SpeakerMouth = {
  /**
   * Writes one picture.
   * @param which.source Which picture of the stretch it shows.
   * @param which.share How much of the mouth is `shape`, the rest is as recorded: 0 is the recorded picture.
   * @param out As large as the stretch's pictures; all of it is written.
   */
  render(which: { source: number; shape: MouthShape; share: number }, out: Yuv420): void;
};

/** How much painted teeth take on of the skin's hue. */
const WARMTH = 0.3;
/** The inner lips' landmarks are off by so much of the mouth's width. */
const OVER_CLOSING = 0.012;
/** Nothing is painted into a recorded mouth: it has its own inside. */
const OWN_INSIDE: MouthInterior = { colour: { y: 0, u: 0, v: 0 }, colourAt: () => 0 };

/**
 * Makes a filmed speaker's mouth say something else. The lips come from one picture of the stretch, the
 * model, in which the mouth is at rest: they are opened as a portrait's are and laid, in each picture's
 * light, where the head carries them. Around them the picture itself is warped from what its mouth does
 * to what the new one does, so that both agree wherever they meet.
 */
export function createSpeakerMouth(filmed: FilmedFace): SpeakerMouth {
  const { pictures, faces, openMouths } = filmed;
  const index = chooseModel(faces);
  const [picture, face] = [pictures[index], faces[index]];
  if (!picture || !face || pictures.length !== faces.length) {
    throw new RangeError(
      `speaker's mouth: ${pictures.length} pictures with ${faces.length} faces; give at least one and a face for each`,
    );
  }
  const { width, height } = picture;
  const mouth = overClosing(mouthGeometry({ planes: picture, landmarks: face.landmarks }));
  const sides = faceSides(mouth.frame, face.landmarks);
  const spread = {
    left: Math.min(SPREAD.left, sides.left),
    right: Math.min(SPREAD.right, sides.right),
  };
  const model = { picture, face, mouth, sides };
  const interior = insideOf(model, openMouths);
  const placeIn = createMouthPlacer(filmed, model, index);
  const opening = createOpening();
  const rows = { model: createPointRow(width), own: createPointRow(width) };
  const line = new Uint8Array(width);
  const cover = new Float32Array(width);

  return {
    render({ source, shape, share }, out) {
      const planes = pictures[source];
      const { frame, motion, recorded, light } = placeIn(source);
      if (!planes || out.width !== width || out.height !== height) {
        throw new RangeError(
          `speaker's mouth: ${out.width}×${out.height} cannot hold a picture of ${width}×${height}; make it as large`,
        );
      }
      for (const channel of ["y", "u", "v"] as const) out[channel].set(planes[channel]);
      if (share <= 0) return;
      openMouth(mouth, shape, opening, 0);
      if (share < 1) mixOpening(opening, recorded, share);
      const carried = { ...mouth, frame, box: boxOf(mouth, frame) };
      const own = {
        mouth: ownMouth(carried, recorded),
        opening: fromRecorded(opening, recorded),
        interior: OWN_INSIDE,
        slack: 0,
        spread,
      };
      const drawn = { mouth: carried, opening, interior, slack: 0, spread };
      const mask = mouthMask({ mouth, opening, frame, sides });
      for (const scale of [1, 2] as const) {
        const channels = scale === 1 ? (["y"] as const) : (["u", "v"] as const);
        const columns = scale === 1 ? width : chromaOf(width);
        const range = rowsWithin(carried.box, scale, scale === 1 ? height : chromaOf(height));
        for (let y = range.from; y < range.to; y++) {
          const offset = y * columns;
          setRow(rows.own, { scale, index: y, columns, box: carried.box });
          warpMouth(rows.own, own);
          for (const channel of channels) {
            sampleRow(planeOf(planes, channel), rows.own, out[channel], offset);
          }
          setRow(rows.model, { scale, index: y, columns, box: mask.box });
          if (!coverRow(rows.model, { mask, frame, share, cover })) continue;
          warpMouth(rows.model, drawn);
          toModel(rows.model, motion);
          for (const channel of channels) {
            sampleRow(planeOf(picture, channel), rows.model, line, 0);
            inkRow(rows.model.ink, rows.model.ink[channel], line, 0);
            layOver(
              rows.model,
              { line, cover, frame, light: light[channel] },
              out[channel],
              offset,
            );
          }
          clearInk(rows.model.ink);
        }
      }
    },
  };
}

function insideOf(model: Model, openMouths: FilmedFace["openMouths"]): MouthInterior {
  const { landmarks } = model.face;
  const eyes = eyeGeometries(landmarks).flatMap(pointsInEye);
  const colours = faceColours({ planes: model.picture, landmarks, eyes });
  const { teeth, skin } = colours;
  // A film's light colours all there is: neutral teeth would look pasted in.
  const warm = { y: teeth.y, u: mix(teeth.u, skin.u, WARMTH), v: mix(teeth.v, skin.v, WARMTH) };
  const lit = { ...colours, teeth: warm };
  const painted = createMouthInterior({ mouth: model.mouth, colours: lit });
  const donor = chooseDonor(openMouths, model, lit);
  return donor ? createDonorInterior({ donor, model, painted, colours: lit }) : painted;
}

/** A mouth that, closed along its inner lips, shows nothing of what was between them. */
function overClosing(mouth: MouthGeometry): MouthGeometry {
  if (mouth.gap === 0) return mouth;
  const margin = (bin: number) =>
    Math.min(OVER_CLOSING, ((mouth.lower[bin] ?? 0) - (mouth.upper[bin] ?? 0)) / 2);
  const upper = mouth.upper.map((v, bin) => v - margin(bin));
  const lower = mouth.lower.map((v, bin) => v + margin(bin));
  return { ...mouth, upper, lower, gap: curveAt(lower, 0) - curveAt(upper, 0) };
}

function boxOf({ nose, chin }: MouthGeometry, frame: LocalFrame): Box {
  return boxAround(frame, { reach: MOUTH_REACH, top: nose - 0.2, bottom: chin + NECK_REACH });
}

/** The recorded mouth as a source of its own; its curves by its own u. */
function ownMouth(mouth: MouthGeometry, recorded: RecordedMouth): MouthGeometry {
  const { narrowing, gap } = recorded;
  return {
    ...mouth,
    upper: asWide(recorded.upper, narrowing),
    lower: asWide(recorded.lower, narrowing),
    gap,
  };
}
