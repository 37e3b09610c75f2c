import { setImmediate } from "node:timers/promises";
import { AppError } from "../../domain/app-error.ts";
import type { Face, Picture } from "../../domain/face.ts";
import { DETECTOR_INPUT, overlap } from "./face-boxes.ts";
import type { FaceModels } from "./face-models.ts";
import { boundsOf } from "./landmark-points.ts";
import { meshFace } from "./mesh-face.ts";
import { type Square, squarePatch } from "./square-patch.ts";

/** What the detector is less sure of is not looked at: grey and noise stay below. */
const MIN_DETECTOR_SCORE = 0.3;
const MIN_SCORE = 0.1;
/** With a face as sure as this nothing smaller is looked for. */
const SURE = 0.5;
/** The smallest face the detector surely sees, over its input: 10 of 256 pixels. */
const SMALLEST_SEEN = 10 / DETECTOR_INPUT;
/** No closer look is taken for faces that are narrower, in pixels: they cannot be animated. */
const SMALLEST_FACE = 64;
/** Meshes that share more of their area are of one face, seen in two looks. */
const SAME_FACE = 0.3;
/** A face that takes more of one of the picture's sides than this may be seen better from farther off. */
const FILLS = 0.6;
/** How much farther, over the picture's longer side: around a face, the detector expects some room. */
const FARTHER = 2;

/**
 * The faces of a picture, the largest first. The whole picture is looked at first, and from farther
 * off when a face fills it or none is sure; only when no sure face is found there, squares of it are,
 * ever smaller ones.
 * @throws AppError CANCELLED when `cancelled` aborts between two looks.
 */
export async function findFaces(
  picture: Picture,
  { models, cancelled }: { models: FaceModels; cancelled: AbortSignal },
): Promise<Face[]> {
  const [first = [], ...closer] = looks(picture);
  const whole = await look(first);
  if (!whole.some(isSure) || whole.some((face) => fills(face, picture))) {
    const farther = await look([squareBeyond(picture)]);
    if (farther.some(isSure)) return sorted(farther);
  }
  const seen = whole;
  for (const squares of closer) {
    if (seen.some(isSure)) break;
    seen.push(...(await look(squares)));
  }
  return sorted(seen);

  async function look(squares: readonly Square[]): Promise<Face[]> {
    const found: Face[] = [];
    for (const square of squares) {
      // A cancellation arrives as a message: the process has to look up for it.
      await setImmediate();
      if (cancelled.aborted) throw new AppError("CANCELLED", "cancelled");
      found.push(...facesIn(picture, { square, models }));
    }
    return found;
  }
}

const isSure = ({ score }: Face) => score >= SURE;

function fills({ landmarks }: Face, picture: Picture): boolean {
  const { width, height } = boundsOf(landmarks);
  return width > FILLS * picture.width || height > FILLS * picture.height;
}

function squareBeyond({ width, height }: Picture): Square {
  return { x: width / 2, y: height / 2, side: FARTHER * Math.max(width, height), angle: 0 };
}

function sorted(seen: Face[]): Face[] {
  return withoutDoubles(seen).toSorted((a, b) => area(b) - area(a));
}

/**
 * Where to look: the whole, then rows of squares, half as wide at each look, as long as the look before
 * may have missed a face. What it may have missed is far smaller than the part in which they overlap.
 */
export function looks({ width, height }: { width: number; height: number }): Square[][] {
  let side = Math.max(width, height);
  const squares: Square[][] = [[{ x: width / 2, y: height / 2, side, angle: 0 }]];
  while (side * SMALLEST_SEEN > SMALLEST_FACE) {
    side /= 2;
    const across = middles(width, side);
    const down = middles(height, side);
    squares.push(down.flatMap((y) => across.map((x) => ({ x, y, side, angle: 0 }))));
  }
  return squares;
}

/** Of squares over a length that overlap by a quarter at least; one in the middle when it is shorter. */
function middles(length: number, side: number): number[] {
  if (length <= side) return [length / 2];
  const steps = Math.ceil((length - side) / (side * 0.75));
  return Array.from(
    { length: steps + 1 },
    (_, step) => side / 2 + ((length - side) * step) / steps,
  );
}

function facesIn(
  picture: Picture,
  { square, models }: { square: Square; models: FaceModels },
): Face[] {
  const patch = squarePatch(picture, { square, size: DETECTOR_INPUT, outside: "black" });
  const scale = square.side / DETECTOR_INPUT;
  return models.detect(patch, MIN_DETECTOR_SCORE).flatMap(({ x, y, width, height, angle }) => {
    const found = {
      x: square.x + (x - DETECTOR_INPUT / 2) * scale,
      y: square.y + (y - DETECTOR_INPUT / 2) * scale,
      side: Math.max(width, height) * scale,
      angle,
    };
    const face = meshFace(picture, { found, models });
    return face.score >= MIN_SCORE ? [face] : [];
  });
}

function withoutDoubles(faces: Face[]): Face[] {
  const kept: Face[] = [];
  for (const face of faces.toSorted((a, b) => b.score - a.score)) {
    const box = boundsOf(face.landmarks);
    if (kept.every((other) => overlap(boundsOf(other.landmarks), box) <= SAME_FACE))
      kept.push(face);
  }
  return kept;
}

function area({ landmarks }: Face): number {
  const { width, height } = boundsOf(landmarks);
  return width * height;
}
