import type { Picture } from "../../domain/face.ts";
import { createPainting } from "../../drawing/painting.ts";

import { paintBackground } from "./background.ts";
import { paintBody } from "./body.ts";
import { paintBrows } from "./brows.ts";
import { paintEyes } from "./eyes.ts";
import { UNITS } from "./features.ts";
import { paintHair, paintHairBehind } from "./hair.ts";
import { paintMouth } from "./mouth.ts";
import { paintNose } from "./nose.ts";
import { paintEars, paintFace } from "./skin.ts";

/** The avatar's picture, `size` pixels square: its layers from the back to the front. */
export function paintAvatar(size: number): Picture {
  const painting = createPainting({ size, units: UNITS });
  paintBackground(painting);
  paintHairBehind(painting);
  paintBody(painting);
  paintEars(painting);
  const face = paintFace(painting);
  paintNose(painting, face);
  paintMouth(painting, face);
  paintEyes(painting, face);
  paintBrows(painting, face);
  paintHair(painting, face);
  return painting.picture();
}
