import { chromaOf, type Yuv420 } from "../portrait/planes.ts";

/** Quarter turns clockwise, degrees. */
export type Turn = 0 | 90 | 180 | 270;

/** A picture turned clockwise; the picture itself where it stays as it is. */
export function turnPlanes(picture: Yuv420, turn: Turn): Yuv420 {
  if (turn === 0) return picture;
  const { width, height, y, u, v } = picture;
  const chroma = { width: chromaOf(width), height: chromaOf(height) };
  const upright = turn === 180;
  return {
    width: upright ? width : height,
    height: upright ? height : width,
    y: turnPlane(y, { width, height }, turn),
    u: turnPlane(u, chroma, turn),
    v: turnPlane(v, chroma, turn),
  };
}

/** The turn that takes another one back. */
export function turnBack(turn: Turn): Turn {
  return turn === 90 ? 270 : turn === 270 ? 90 : turn;
}

function turnPlane(
  plane: Uint8Array,
  { width, height }: { width: number; height: number },
  turn: Exclude<Turn, 0>,
): Uint8Array {
  const turned = new Uint8Array(width * height);
  // Where the plane's first sample comes to, and how far apart its neighbours in row and column then are.
  const { first, across, down } =
    turn === 90
      ? { first: height - 1, across: height, down: -1 }
      : turn === 180
        ? { first: width * height - 1, across: -1, down: -width }
        : { first: (width - 1) * height, across: -height, down: 1 };
  for (let row = 0, from = 0; row < height; row++) {
    let to = first + row * down;
    for (let column = 0; column < width; column++, from++, to += across) {
      turned[to] = plane[from] ?? 0;
    }
  }
  return turned;
}
