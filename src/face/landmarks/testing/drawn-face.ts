import type { Picture } from "../../../domain/face.ts";

type Colour = readonly [number, number, number];

/** An ellipse in the unit of the face, its edge soft over `soft` of its radii. */
type Spot = { x: number; y: number; rx: number; ry: number; soft: number; colour: Colour };

const WALL: Colour = [150, 165, 170];
const HAIR: Colour = [60, 42, 32];
const SKIN: Colour = [222, 178, 150];
const SHADE: Colour = [186, 136, 110];

/** From back to front; the face is 2 wide, its middle between eyes and nose. */
const SPOTS: readonly Spot[] = [
  { x: 0, y: 3.2, rx: 2.4, ry: 1.5, soft: 0.05, colour: [70, 90, 130] },
  { x: 0, y: 1.6, rx: 0.62, ry: 1, soft: 0.1, colour: SHADE },
  { x: 0, y: -0.35, rx: 1.15, ry: 1.35, soft: 0.06, colour: HAIR },
  { x: 0, y: 0.1, rx: 1, ry: 1.35, soft: 0.08, colour: SHADE },
  { x: 0, y: 0.1, rx: 0.9, ry: 1.25, soft: 0.35, colour: SKIN },
  ...[-1, 1].flatMap((side): Spot[] => [
    { x: 0.4 * side, y: -0.36, rx: 0.27, ry: 0.05, soft: 0.5, colour: HAIR },
    { x: 0.4 * side, y: -0.1, rx: 0.27, ry: 0.17, soft: 0.6, colour: SHADE },
    { x: 0.4 * side, y: -0.09, rx: 0.2, ry: 0.1, soft: 0.2, colour: [70, 45, 40] },
    { x: 0.4 * side, y: -0.08, rx: 0.18, ry: 0.08, soft: 0.2, colour: [240, 236, 230] },
    { x: 0.4 * side, y: -0.09, rx: 0.085, ry: 0.085, soft: 0.2, colour: [80, 60, 45] },
    { x: 0.4 * side, y: -0.09, rx: 0.04, ry: 0.04, soft: 0.3, colour: [15, 12, 10] },
    { x: 0.11 * side, y: 0.38, rx: 0.1, ry: 0.07, soft: 0.6, colour: SHADE },
    { x: 0.08 * side, y: 0.4, rx: 0.05, ry: 0.03, soft: 0.5, colour: [110, 70, 60] },
  ]),
  { x: 0, y: 0.1, rx: 0.07, ry: 0.3, soft: 0.8, colour: [240, 204, 180] },
  { x: 0, y: 0.75, rx: 0.34, ry: 0.1, soft: 0.25, colour: [186, 92, 88] },
  { x: 0, y: 0.74, rx: 0.3, ry: 0.018, soft: 0.4, colour: [90, 40, 42] },
];

/** Something before the mouth. */
const HAND: Spot = { x: 0.05, y: 0.8, rx: 0.6, ry: 0.5, soft: 0.1, colour: [205, 160, 140] };
const WITH_HAND = [...SPOTS, HAND];

export type DrawnFace = {
  /** The middle between the ears and half the width, pixels. */
  x: number;
  y: number;
  radius: number;
  /** Clockwise, radians. */
  angle?: number;
  hand?: boolean;
};

/** A picture with simple faces of ellipses, which detectors take for some. */
export function drawnFaces(
  size: { width: number; height: number },
  faces: readonly DrawnFace[],
): Picture {
  const pixels = new Uint8Array(size.width * size.height * 3);
  for (let index = 0; index < size.width * size.height; index++) {
    const x = (index % size.width) + 0.5;
    const y = Math.floor(index / size.width) + 0.5;
    let nearest: DrawnFace | undefined;
    for (const face of faces) {
      if (!nearest || apart(face, x, y) < apart(nearest, x, y)) nearest = face;
    }
    pixels.set(nearest ? colourAt(nearest, x, y) : WALL, index * 3);
  }
  return { ...size, pixels };
}

/** Where a drawn face's right eye of the picture and its mouth are: from its middle, in its radius. */
export const EYES = { x: 0.4, y: -0.09 };
export const MOUTH = { x: 0, y: 0.75 };

function apart({ x, y, radius }: DrawnFace, atX: number, atY: number): number {
  return Math.hypot(atX - x, atY - y) / radius;
}

function colourAt({ x, y, radius, angle = 0, hand = false }: DrawnFace, atX: number, atY: number) {
  const [dx, dy] = [(atX - x) / radius, (atY - y) / radius];
  const u = dx * Math.cos(angle) + dy * Math.sin(angle);
  const v = dy * Math.cos(angle) - dx * Math.sin(angle);
  let colour: Colour = WALL;
  for (const spot of hand ? WITH_HAND : SPOTS) {
    const across = (u - spot.x) / spot.rx;
    const down = (v - spot.y) / spot.ry;
    if (across * across + down * down > 4) continue;
    const share = (1 + spot.soft / 2 - Math.hypot(across, down)) / spot.soft;
    if (share > 0) colour = mixed(colour, spot.colour, Math.min(share, 1));
  }
  return colour.map(Math.round);
}

function mixed(a: Colour, b: Colour, share: number): Colour {
  const [red, green, blue] = a;
  return [red + (b[0] - red) * share, green + (b[1] - green) * share, blue + (b[2] - blue) * share];
}
