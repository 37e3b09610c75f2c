import {
  CHEEK_LEFT,
  CHEEK_RIGHT,
  LIPS_INNER_LOWER,
  LIPS_INNER_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
} from "../landmarks/landmark-groups.ts";
import { clamp, mix, smoothstep } from "./easing.ts";
import { landmarkAt, type Point } from "./local-frame.ts";
import { chromaOf, type Yuv420 } from "./planes.ts";

/** A colour in the planes' levels. */
export type Colour = { y: number; u: number; v: number };

/** Colours for what a source does not show, taken from what it does. */
export type FaceColours = {
  skin: Colour;
  lips: Colour;
  /** The dark of an open mouth. */
  cavity: Colour;
  /** The wet inside of the lips, where they turn into the mouth. */
  rim: Colour;
  teeth: Colour;
  tongue: Colour;
  /** Eyelashes of a closed eye. */
  lashes: Colour;
};

/**
 * @param options.eyes Points between the lids: the white of the eyes tells how light teeth are here.
 */
export function faceColours({
  planes,
  landmarks,
  eyes,
}: {
  planes: Yuv420;
  landmarks: Float32Array;
  eyes: readonly Point[];
}): FaceColours {
  const around = (indices: readonly number[]) =>
    indices.map((index) => colourAt(planes, landmarkAt(landmarks, index)));
  const skin = median(around([...CHEEK_LEFT, ...CHEEK_RIGHT]));
  // Of lips that shine, the part that does not says what colour they are.
  const lips = median(
    [
      ...between(landmarks, LIPS_INNER_LOWER, LIPS_OUTER_LOWER),
      ...between(landmarks, LIPS_INNER_UPPER, LIPS_OUTER_UPPER),
    ]
      .map((point) => colourAt(planes, point))
      .toSorted((a, b) => chromaDistance(b, skin) - chromaDistance(a, skin))
      .slice(0, 5),
  );
  const inEyes = eyes.map((point) => colourAt(planes, point).y).toSorted((a, b) => a - b);
  const white = inEyes[Math.floor(0.85 * inEyes.length)] ?? skin.y;
  const dark = inEyes[Math.floor(0.05 * inEyes.length)] ?? 30;
  // Pictures of one hue, such as ink drawings and old photographs, have lips of the skin's colour.
  const coloured = smoothstep(2, 9, chromaDistance(lips, skin));
  const neutral = { u: mix(128, skin.u, 0.45), v: mix(128, skin.v, 0.35) };
  return {
    skin,
    lips,
    cavity: shade(lips, { y: clamp(0.17 * skin.y + 12, 22, 46), chroma: 0.45 }),
    rim: shade(lips, { y: clamp(0.5 * lips.y, 24, 110), chroma: 0.95 }),
    teeth: {
      y: clamp(0.5 * white + 0.5 * (1.02 * skin.y + 16), 0.85 * skin.y, 218),
      u: mix(skin.u, neutral.u, coloured),
      v: mix(skin.v, neutral.v, coloured),
    },
    tongue: shade(lips, { y: clamp(0.72 * lips.y + 4, 40, 130), chroma: 1 }),
    lashes: shade(skin, { y: clamp(Math.max(dark, 0.25 * skin.y), 20, 80), chroma: 0.8 }),
  };
}

function chromaDistance(a: Colour, b: Colour): number {
  return Math.hypot(a.u - b.u, a.v - b.v);
}

/** Points halfway between the middles of two lines of landmarks, pixels. */
function between(
  landmarks: Float32Array,
  inner: readonly number[],
  outer: readonly number[],
): Point[] {
  return inner.slice(3, 8).map((index, place) => {
    const [x, y] = landmarkAt(landmarks, index);
    const [outerX, outerY] = landmarkAt(landmarks, outer[place + 3] ?? index);
    return [(x + outerX) / 2, (y + outerY) / 2];
  });
}

/** A colour of the same hue; `chroma` 1 as strong, 0 grey. */
function shade({ u, v }: Colour, { y, chroma }: { y: number; chroma: number }): Colour {
  return { y, u: 128 + (u - 128) * chroma, v: 128 + (v - 128) * chroma };
}

/** The mean of 3 × 3 pixels; at the picture's edge for what lies outside. */
function colourAt(planes: Yuv420, [px, py]: Point): Colour {
  const x = Math.round(clamp(px, 0, planes.width - 1));
  const y = Math.round(clamp(py, 0, planes.height - 1));
  let luma = 0;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const row = clamp(y + dy, 0, planes.height - 1);
      luma += planes.y[row * planes.width + clamp(x + dx, 0, planes.width - 1)] ?? 0;
    }
  }
  const chroma = (y >> 1) * chromaOf(planes.width) + (x >> 1);
  return { y: luma / 9, u: planes.u[chroma] ?? 128, v: planes.v[chroma] ?? 128 };
}

function median(colours: readonly Colour[]): Colour {
  const middle = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 128;
  return {
    y: middle(colours.map(({ y }) => y)),
    u: middle(colours.map(({ u }) => u)),
    v: middle(colours.map(({ v }) => v)),
  };
}
