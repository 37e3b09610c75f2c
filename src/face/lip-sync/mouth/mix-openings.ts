import { BINS, type Curve } from "../../portrait/curve.ts";
import { mix } from "../../portrait/easing.ts";
import { createOpening, type MouthOpening } from "../../portrait/mouth-opening.ts";
import { asWide, type RecordedMouth } from "./recorded-mouth.ts";

/** Takes `opening` back towards what was recorded: `share` 1 leaves it, 0 is the recorded mouth. */
export function mixOpening(opening: MouthOpening, recorded: RecordedMouth, share: number): void {
  mixCurve(opening.upper, recorded.upper, share);
  mixCurve(opening.lower, recorded.lower, share);
  opening.gap = mix(recorded.gap, opening.gap, share);
  opening.jaw = mix(recorded.jaw, opening.jaw, share);
  opening.narrowing = mix(recorded.narrowing, opening.narrowing, share);
  opening.thinning *= share;
  opening.lift *= share;
  opening.rest = false;
}

/** What makes the recorded mouth that of `opening`; its curves are by the u of the recorded picture. */
export function fromRecorded(opening: MouthOpening, recorded: RecordedMouth): MouthOpening {
  const { narrowing } = recorded;
  return {
    ...createOpening(),
    ...opening,
    upper: asWide(opening.upper, narrowing),
    lower: asWide(opening.lower, narrowing),
    jaw: opening.jaw - recorded.jaw,
    narrowing: (1 + opening.narrowing) / (1 + narrowing) - 1,
    rest: opening.rest && isSame(opening, recorded),
  };
}

function isSame(opening: MouthOpening, { upper, lower, jaw, narrowing }: RecordedMouth): boolean {
  return (
    opening.jaw === jaw &&
    opening.narrowing === narrowing &&
    opening.upper.every((v, bin) => v === upper[bin]) &&
    opening.lower.every((v, bin) => v === lower[bin])
  );
}

function mixCurve(curve: Curve, towards: Curve, share: number): void {
  for (let bin = 0; bin < BINS; bin++) {
    curve[bin] = mix(towards[bin] ?? 0, curve[bin] ?? 0, share);
  }
}
