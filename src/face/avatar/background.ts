import type { Color } from "../../drawing/canvas.ts";
import { box, ellipse } from "../../drawing/outline.ts";
import type { Painting, Stops } from "../../drawing/painting.ts";
import { UNITS } from "./features.ts";

const WALL: Stops = [
  [0, [232, 238, 228]],
  [0.5, [186, 210, 204]],
  [1, [112, 152, 156]],
];
const LAMP: Color = [255, 246, 230];
const SHADOW: Color = [60, 92, 98];

/** A calm wall with light from the upper left, and the figure's shadow on it. */
export function paintBackground(painting: Painting): void {
  painting.paint([box(-UNITS / 2, 0, UNITS, UNITS)], {
    color: { stops: WALL, centre: [-250, 200], radius: [980, 1020] },
  });
  painting.paint([ellipse(250, 330, 250)], { color: LAMP, alpha: 0.3, blur: 60 });
  painting.paint([ellipse(0, 560, 330, 420)], { color: SHADOW, alpha: 0.18, blur: 70 });
}
