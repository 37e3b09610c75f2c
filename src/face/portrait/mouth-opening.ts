import type { MouthShape } from "../../domain/face.ts";
import { BINS, binPlace, type Curve } from "./curve.ts";
import { clamp, mix, smoothstep } from "./easing.ts";
import type { MouthGeometry } from "./mouth-geometry.ts";

/** How a mouth is opened and drawn in one frame. Lengths are widths of the mouth. */
export type MouthOpening = {
  /** The inner edges of the lips, by the u of the source: narrowing comes on top. */
  upper: Curve;
  lower: Curve;
  /** Their distance in the middle. */
  gap: number;
  /** How far the jaw has come down from where the source has it; may be a little negative. */
  jaw: number;
  /** u of the source over u of the frame, less 1: positive draws the corners together. */
  narrowing: number;
  /** Distances from the lips' inner edges in the source over those in the frame, less 1. */
  thinning: number;
  /** How far the corners go up. */
  lift: number;
  teeth: number;
  tongue: number;
  /** Whether all is as in the source. */
  rest: boolean;
};

/** The upper lip takes so much of the opening, the jaw with the lower lip the rest. */
const UPPER_SHARE = 0.22;
const ROUND_UPPER_SHARE = 0.34;
/** The chin goes down by so much of the opening. */
export const JAW_SHARE = 0.66;
/** The opening's half width, and the power of its arc: a wedge at the corners, an ellipse when pursed. */
const WIDE_HALF = 0.475;
const ROUND_HALF = 0.33;
const WIDE_POWER = 0.95;
const ROUND_POWER = 0.6;
/** Lips that are opened by so much are drawn taut: the waves of the line where they met are gone. */
const TAUT = 0.14;
/** The widest that a mouth opens without its lips being stretched visibly. */
const WIDEST = 0.34;

/** A frame's opening with room for its curves, at rest. */
export function createOpening(): MouthOpening {
  return {
    upper: new Float32Array(BINS),
    lower: new Float32Array(BINS),
    gap: 0,
    jaw: 0,
    narrowing: 0,
    thinning: 0,
    lift: 0,
    teeth: 0,
    tongue: 0,
    rest: true,
  };
}

/**
 * Sets `opening` to what `shape` makes of a mouth.
 * @param parted How far the lips stay parted unless they are pressed or opened further: as the source
 * shows them when left out, 0 closes them.
 */
export function openMouth(
  mouth: MouthGeometry,
  shape: MouthShape,
  opening: MouthOpening,
  parted = mouth.gap,
): void {
  const press = clamp(shape.press, 0, 1);
  const round = clamp(shape.round, 0, 1);
  const wide = clamp(shape.wide, -1, 1);
  const gap = Math.max(clamp(shape.open, 0, WIDEST), parted * (1 - press));
  const more = gap - mouth.gap;
  opening.gap = gap;
  opening.jaw = JAW_SHARE * more;
  opening.narrowing = 0.45 * round - (wide > 0 ? 0.13 : 0.16) * wide;
  opening.thinning = 0.5 * press - 0.2 * round + 0.1 * Math.max(0, wide);
  opening.lift = 0.025 * Math.max(0, wide) - 0.012 * press;
  opening.teeth = clamp(shape.teeth, 0, 1);
  opening.tongue = clamp(shape.tongue, 0, 1);
  opening.rest = more === 0 && press === 0 && round === 0 && wide === 0;

  const half = mix(WIDE_HALF, ROUND_HALF, round);
  const power = mix(WIDE_POWER, ROUND_POWER, round);
  const upperShare = mix(UPPER_SHARE, ROUND_UPPER_SHARE, round);
  const taut = smoothstep(0, TAUT, more);
  const closing = mouth.gap > 0 ? more / mouth.gap : 0;
  for (let bin = 0; bin < BINS; bin++) {
    const upper = mouth.upper[bin] ?? 0;
    const lower = mouth.lower[bin] ?? 0;
    const toTaut = taut * ((mouth.taut[bin] ?? 0) - (upper + lower) / 2);
    const t = binPlace(bin) / half;
    // Closing takes the same part of every distance, so that the lips meet all along.
    const change = more < 0 ? closing * (lower - upper) : more * arc(t * t, power);
    opening.upper[bin] = upper + toTaut - upperShare * change;
    opening.lower[bin] = lower + toTaut + (1 - upperShare) * change;
  }
}

/** 1 in the middle, 0 at the corners and beyond. */
function arc(squared: number, power: number): number {
  return squared < 1 ? (1 - squared) ** power : 0;
}
