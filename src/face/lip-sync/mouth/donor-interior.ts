import { atPlace, placeOf } from "../../portrait/curve.ts";
import { clamp, mix, smoothstep } from "../../portrait/easing.ts";
import type { FaceColours } from "../../portrait/face-colours.ts";
import { toPicture } from "../../portrait/local-frame.ts";
import type { InteriorPoint, MouthInterior } from "../../portrait/mouth-interior.ts";
import { JAW_SHARE, type MouthOpening } from "../../portrait/mouth-opening.ts";
import { donorFrame, innerCorners, type Model, type OpenMouth } from "./choose-donor.ts";
import { type LightMatch, lightAround, matchLight, skinPoints } from "./light-match.ts";
import { lipShare } from "./lip-colour.ts";
import { innerLips, opennessOf } from "./recorded-mouth.ts";
import { levelAt, planeOf } from "./sample-planes.ts";

/** Half the widest opening that is drawn: its ends show what is next to the donor's corners. */
const DRAWN_HALF = 0.475;
/** Where the donor's opening is lower than these shares of its height, its lips are near: all, or nothing, is painted. */
const PAINTED = { all: 0.3, none: 0.65 };
/** The lips' edges lie up to so far inside the landmarks: what is nearer to them may be lip. */
const MARGIN = 0.016;
/** The lips' shadow reaches so far into the mouth. */
const SHADOW = 0.05;

/**
 * What is between the lips as another picture of the same speaker shows it. Upper teeth stay with the
 * head and lower ones go with the lower lip: lips that are less open cover them, they are not squeezed.
 * @param options.painted What is seen towards the corners, and where the donor's lips would be.
 * @param options.colours Of the model.
 */
export function createDonorInterior({
  donor,
  model,
  painted,
  colours,
}: {
  donor: OpenMouth;
  model: Model;
  painted: MouthInterior;
  colours: FaceColours;
}): MouthInterior {
  const { mouth, sides } = model;
  const frame = donorFrame(donor, model);
  const { middle, half } = innerLips(frame, donor.face.landmarks);
  const openness = opennessOf(frame, donor.face.landmarks);
  const corners = innerCorners(frame, donor.face.landmarks);
  const narrower = Math.min(1, corners.half / DRAWN_HALF);
  const points = skinPoints(mouth, sides, 0);
  const donorPoints = skinPoints(mouth, sides, JAW_SHARE * openness);
  const light: LightMatch = matchLight(
    lightAround(donor.picture, frame, donorPoints),
    lightAround(model.picture, mouth.frame, points),
    points,
  );
  const planes = {
    y: planeOf(donor.picture, "y"),
    u: planeOf(donor.picture, "u"),
    v: planeOf(donor.picture, "v"),
  };
  const colour = { y: 0, u: 0, v: 0 };
  const tallest = Math.max(...half);

  return {
    colour,
    colourAt(point: InteriorPoint, opening: MouthOpening) {
      const { u, v, fromUpper, fromLower } = point;
      const { gap } = opening;
      const aside = corners.middle + u * narrower;
      const place = placeOf(aside);
      const centre = atPlace(middle, place);
      const reach = Math.max(0, atPlace(half, place) - MARGIN);
      const gapHere = fromUpper + fromLower;
      const way = smoothstep(0.15, 0.85, gapHere > 0 ? fromUpper / gapHere : 0);
      const lower = v + fromLower;
      const there = v + way * (centre + reach - lower);
      const from = toPicture(frame, [aside, clamp(there, centre - reach, centre + reach)]);
      const shadow =
        (1 - 0.35 * (1 - smoothstep(0, SHADOW, fromUpper))) *
        (1 - 0.18 * (1 - smoothstep(0, SHADOW / 2, fromLower))) *
        (1 - 0.3 * smoothstep(0.3, 0.48, Math.abs(u))) *
        mix(0.72, 1, smoothstep(0.02, 0.7 * openness, gap));
      colour.y = levelAt(planes.y, from) + light.y.at;
      colour.u = levelAt(planes.u, from) + light.u.at;
      colour.v = levelAt(planes.v, from) + light.v.at;
      const height = atPlace(half, place) / tallest;
      const own = smoothstep(PAINTED.all, PAINTED.none, height) * (1 - lipShare(colour, colours));
      colour.y = 16 + Math.max(0, colour.y - 16) * shadow;
      if (own >= 1) return 1;
      const cover = painted.colourAt(point, opening);
      const share = own + (1 - own) * cover;
      const paint = share > 0 ? ((1 - own) * cover) / share : 0;
      for (const channel of ["y", "u", "v"] as const) {
        colour[channel] = mix(colour[channel], painted.colour[channel], paint);
      }
      return share;
    },
  };
}
