import { atPlace, curveAt, placeOf } from "./curve.ts";
import { clamp, mix, smoothstep } from "./easing.ts";
import type { Colour, FaceColours } from "./face-colours.ts";
import type { MouthGeometry } from "./mouth-geometry.ts";
import type { MouthOpening } from "./mouth-opening.ts";

/** A place between the lips; all in widths of the mouth. */
export type InteriorPoint = {
  /** In coordinates of the mouth, which are the skull's here: teeth do not follow the lips. */
  u: number;
  v: number;
  /** Distances from the two lips, at least 0. */
  fromUpper: number;
  fromLower: number;
};

export type MouthInterior = {
  /** Set by `colourAt`. */
  colour: Colour;
  /** How much of `colour` is laid over the source at a point, 0..1. */
  colourAt(point: InteriorPoint, opening: MouthOpening): number;
};

/**
 * Where two upper teeth meet, from the middle out: eight front teeth of 36 mm in a mouth of 50 mm, the
 * outer ones seen from the side.
 */
const TOOTH_EDGES = [0, 0.165, 0.285, 0.375, 0.44];
/** The upper teeth end so far below the line where the lips meet, when they show fully. */
const UPPER_TEETH = 0.05;
/** Over this length the edges of teeth and tongue pass into what is behind them. */
const SOFT = 0.012;
/** The lips' wet inside is seen this far into the mouth. */
const RIM = 0.03;

/** Paints what is between the lips: a cavity with tongue and teeth, or what the source shows there. */
export function createMouthInterior({
  mouth,
  colours,
}: {
  mouth: MouthGeometry;
  colours: FaceColours;
}): MouthInterior {
  const { cavity, rim, teeth, tongue } = colours;
  const line = curveAt(mouth.upper, 0);
  /** Teeth run along the lips of a face that is turned or has a crooked smile. */
  const tilt = (curveAt(mouth.taut, 0.3) - curveAt(mouth.taut, -0.3)) / 0.6;
  const colour: Colour = { y: 0, u: 0, v: 0 };

  function blend(over: Colour, { luma, share }: { luma: number; share: number }): void {
    colour.y = mix(colour.y, over.y * luma, share);
    colour.u = mix(colour.u, over.u, share);
    colour.v = mix(colour.v, over.v, share);
  }

  function paintTongue({ u, fromLower }: InteriorPoint, { gap, tongue: seen }: MouthOpening): void {
    const aside = (u / 0.36) ** 2;
    const height = (0.02 + 0.62 * seen * gap) * (1 - aside);
    const share =
      (1 - smoothstep(height - 0.05, height + 0.015, fromLower)) * Math.min(1, 3 * seen);
    const groove = 1 - 0.12 * (1 - smoothstep(0, 0.05, Math.abs(u)));
    const luma = mix(0.72, 1.06, smoothstep(0, Math.max(0.03, height), fromLower)) * groove;
    blend(tongue, { luma, share: 0.9 * share });
  }

  function paintLowerTeeth({ u, fromLower }: InteriorPoint, opening: MouthOpening): void {
    const shown = opening.teeth * smoothstep(0.17, 0.28, opening.gap);
    const height = 0.04 * shown * (1 - (u / 0.34) ** 2);
    const side = 1 - smoothstep(0.16, 0.28, Math.abs(u));
    const share = 0.75 * shown * side * (1 - smoothstep(height - SOFT, height + SOFT, fromLower));
    const gap = toothGap(Math.abs(u), [0.05, 0.15, 0.25]);
    blend(teeth, { luma: 0.66 * (1 - 0.15 * gap), share });
  }

  function paintUpperTeeth({ u, v, fromUpper }: InteriorPoint, opening: MouthOpening): void {
    const { teeth: seen, gap: open } = opening;
    if (seen === 0) return;
    const aside = Math.abs(u);
    const gap = toothGap(aside, TOOTH_EDGES);
    const arch = tilt * u - 0.16 * u * u - 0.008 * gap;
    const end = line + arch + mix(-0.045, UPPER_TEETH, seen);
    const share =
      (1 - smoothstep(end - SOFT, end + SOFT, v)) *
      (1 - smoothstep(0.34, 0.45, aside)) *
      smoothstep(0, 0.12, seen);
    const light = mix(0.8, 0.97, smoothstep(0.03, 0.16, open)) * mix(0.75, 1, seen);
    const shadow = 1 - 0.34 * (1 - smoothstep(0, 0.055, fromUpper));
    const depth = 1 - 0.42 * smoothstep(0.1, 0.42, aside);
    blend(teeth, { luma: light * shadow * depth * (1 - 0.11 * gap), share });
  }

  /** How much of the source's own mouth is seen at a point, 0..1. */
  function sourceShare({ u, v, fromUpper, fromLower }: InteriorPoint): number {
    if (mouth.gap === 0) return 0;
    const place = placeOf(u);
    const lower = atPlace(mouth.lower, place);
    const height = lower - atPlace(mouth.upper, place);
    // Where the mouth is hardly more open than in the source, nothing needs to be made up.
    const more = smoothstep(0, 0.05, fromUpper + fromLower - height);
    const margin = 0.06 * more;
    const inside =
      (1 - smoothstep(lower - margin, lower - margin + 0.03, v)) * smoothstep(0.015, 0.04, height);
    return mix(1, inside, more);
  }

  return {
    colour,
    colourAt(point, opening) {
      const own = sourceShare(point);
      if (own >= 1) return 0;
      const { u, fromUpper, fromLower } = point;
      const depth = clamp(fromUpper / Math.max(0.05, opening.gap), 0, 1);
      colour.y = cavity.y * mix(0.72, 1.1, depth) * (1 - 0.3 * smoothstep(0.1, 0.45, Math.abs(u)));
      colour.u = cavity.u;
      colour.v = cavity.v;
      if (opening.tongue > 0) paintTongue(point, opening);
      paintLowerTeeth(point, opening);
      paintUpperTeeth(point, opening);
      const wetUpper = 0.5 * (1 - smoothstep(0, RIM, fromUpper)) * (1 - 0.6 * opening.teeth);
      const wetLower = 0.85 * (1 - smoothstep(0, RIM, fromLower));
      blend(rim, { luma: 1, share: Math.max(wetUpper, wetLower) });
      return 1 - own;
    },
  };
}

/** 1 where two teeth meet, 0 farther than a hair from it. */
function toothGap(aside: number, edges: readonly number[]): number {
  let gap = 0;
  for (const edge of edges) {
    gap = Math.max(gap, 1 - smoothstep(0, 0.016, Math.abs(aside - edge)));
  }
  return gap;
}
