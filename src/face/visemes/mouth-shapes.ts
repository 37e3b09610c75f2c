import type { MouthShape, Viseme } from "../../domain/face.ts";

export const REST: MouthShape = { open: 0, wide: 0, round: 0, press: 0, teeth: 0, tongue: 0 };

/** The widest that a mouth opens: more looks like shouting on a still portrait. */
export const WIDEST_OPEN = 0.27;

/** A mouth that does nothing but this viseme. */
export const MOUTH_SHAPES: Readonly<Record<Viseme, Readonly<MouthShape>>> = {
  sil: REST,
  PP: { ...REST, round: 0.05, press: 1 },
  FF: { ...REST, open: 0.035, wide: 0.08, teeth: 0.95 },
  TH: { ...REST, open: 0.095, wide: 0.08, teeth: 0.8, tongue: 1 },
  DD: { ...REST, open: 0.105, wide: 0.12, teeth: 0.85, tongue: 0.6 },
  kk: { ...REST, open: 0.14, wide: 0.02, teeth: 0.55, tongue: 0.2 },
  CH: { ...REST, open: 0.105, wide: -0.15, round: 0.5, teeth: 0.95 },
  SS: { ...REST, open: 0.07, wide: 0.32, teeth: 1 },
  nn: { ...REST, open: 0.1, wide: 0.1, teeth: 0.65, tongue: 0.65 },
  RR: { ...REST, open: 0.11, wide: -0.1, round: 0.4, teeth: 0.5, tongue: 0.25 },
  aa: { ...REST, open: 0.26, wide: 0.08, teeth: 0.75, tongue: 0.45 },
  E: { ...REST, open: 0.175, wide: 0.38, teeth: 0.85, tongue: 0.4 },
  I: { ...REST, open: 0.105, wide: 0.68, teeth: 0.95, tongue: 0.2 },
  O: { ...REST, open: 0.205, wide: -0.18, round: 0.65, teeth: 0.3, tongue: 0.2 },
  U: { ...REST, open: 0.11, wide: -0.35, round: 1, teeth: 0.1 },
};

/**
 * How much a viseme has its way with its neighbours (the dominance of Cohen and Massaro, "Modeling
 * coarticulation in synthetic visual speech", 1993): what the tongue makes leaves the lips to the
 * vowels around, what the lips make does not, and a short pause does not close the mouth.
 */
export const DOMINANCE: Readonly<Record<Viseme, number>> = {
  sil: 0.4,
  PP: 2.5,
  FF: 2.2,
  TH: 0.9,
  DD: 0.6,
  kk: 0.45,
  CH: 1.4,
  SS: 0.9,
  nn: 0.6,
  RR: 0.9,
  aa: 1,
  E: 1,
  I: 1,
  O: 1.2,
  U: 1.4,
};
