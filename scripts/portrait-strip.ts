// What a portrait does, to be looked at: its mouth over time, a blink, and where its idle loop begins
// again. node scripts/portrait-strip.ts --image FILE [--text TEXT] [--out strip.png]
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { durationOf } from "../src/domain/audio.ts";
import type { HeadPose, MouthShape, Picture } from "../src/domain/face.ts";
import { drawAvatar } from "../src/face/avatar/draw-avatar.ts";
import { createFaceFinder } from "../src/face/landmarks/face-finder.ts";
import {
  EYE_LEFT_LOWER,
  EYE_LEFT_UPPER,
  EYE_RIGHT_LOWER,
  EYE_RIGHT_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
} from "../src/face/landmarks/landmark-groups.ts";
import { createIdleLoop } from "../src/face/portrait/motion.ts";
import { createPlanes, type Yuv420 } from "../src/face/portrait/planes.ts";
import { createPortrait, REST_MOUTH, REST_POSE } from "../src/face/portrait/portrait.ts";
import { chooseFace } from "../src/face/talking/choose-face.ts";
import { fitFace } from "../src/face/talking/fit-face.ts";
import { fitPicture, type Part } from "../src/face/talking/fit-picture.ts";
import { createMouthTrack } from "../src/face/visemes/mouth-track.ts";
import { visemesOfPhonemes } from "../src/face/visemes/visemes-of-phonemes.ts";
import { readStillPicture } from "../src/media/still-picture.ts";
import { createEspeak } from "../src/speech/espeak/espeak.ts";
import { pngOf } from "./write-png.ts";

const FPS = 25;
const COLUMNS = 10;
/** Side of a picture in the strip, pixels. */
const TILE = 128;
const BLINK_STEPS = [0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1, 0.5, 0];
/** Length of the idle loop, seconds, and which one. */
const LOOP = { seconds: 8, seed: 20_251 };

const { values: options } = parseArgs({
  options: {
    image: { type: "string" },
    text: { type: "string", default: "My baby papa may be happy. Five fat cheese." },
    out: { type: "string", default: "strip.png" },
    size: { type: "string", default: "512" },
  },
});
const { signal } = new AbortController();
const size = Number(options.size);

const { picture, landmarks } = await faceOf(options.image);
const portrait = createPortrait({ source: picture, landmarks });
const frame = createPlanes(portrait.width, portrait.height);

const mouthPart = partAround([...LIPS_OUTER_UPPER, ...LIPS_OUTER_LOWER], 1.6);
const eyesPart = partAround(
  [...EYE_LEFT_UPPER, ...EYE_LEFT_LOWER, ...EYE_RIGHT_UPPER, ...EYE_RIGHT_LOWER],
  1.3,
);
const wholePart = { left: 0, top: 0, width: picture.width, height: picture.height };
const tiles = [
  ...(await mouthsOf(options.text)),
  ...BLINK_STEPS.map((blink) => tile(eyesPart, { pose: { blink } })),
  ...loopTiles(),
];
await writeFile(options.out, pngOf(tiled(tiles)));
process.stderr.write(`${options.out}: ${tiles.length} pictures, ${COLUMNS} in a row\n`);

/** A picture's face, or the avatar's, as a video of it shows it. */
async function faceOf(file: string | undefined) {
  if (file === undefined) return drawAvatar(size);
  const read = await readStillPicture(file, { maxSide: 2048 });
  const faces = createFaceFinder();
  try {
    const face = chooseFace(await faces.find(read, { signal }), file);
    return fitFace(read, face.landmarks, { size, crop: "face" });
  } finally {
    await faces.close();
  }
}

/** The mouth in every second frame of a text, as whole rows. */
async function mouthsOf(text: string): Promise<Picture[]> {
  const voice = createEspeak();
  const { audio, phonemes = [] } = await voice
    .speak({ text, language: "en" }, { signal })
    .finally(() => voice.close());
  const duration = durationOf(audio);
  const track = createMouthTrack(visemesOfPhonemes(phonemes, duration), { audio });
  const count = COLUMNS * Math.ceil((duration * FPS) / 2 / COLUMNS);
  return Array.from({ length: count }, (_, index) =>
    tile(mouthPart, { mouth: track.at((2 * index + 0.5) / FPS, 1 / FPS) }),
  );
}

/** The last frames of the idle loop and its first ones; says how they differ. */
function loopTiles(): Picture[] {
  const { seconds, seed } = LOOP;
  const loop = createIdleLoop({ seed, seconds });
  const moments = Array.from({ length: COLUMNS }, (_, i) => seconds + (i - COLUMNS / 2) / FPS);
  const lumas = moments.map((moment) => {
    portrait.render(REST_MOUTH, loop.at(moment), frame);
    return frame.y.slice();
  });
  const changes = lumas.slice(1).map((luma, index) => meanChange(luma, lumas[index] ?? luma));
  process.stderr.write(
    `idle loop, levels from frame to frame: ${changes.map((change) => change.toFixed(2)).join(" ")} (its seam is the ${COLUMNS / 2}th)\n`,
  );
  return moments.map((moment) => tile(wholePart, { pose: loop.at(moment) }));
}

function meanChange(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}

/** A part of a rendered frame, one tile large. */
function tile(
  part: Part,
  { mouth = {}, pose = {} }: { mouth?: Partial<MouthShape>; pose?: Partial<HeadPose> },
): Picture {
  portrait.render({ ...REST_MOUTH, ...mouth }, { ...REST_POSE, ...pose }, frame);
  return fitPicture(rgbOf(frame), new Float32Array(), { part, width: TILE, height: TILE }).picture;
}

/** The square around landmarks, `margin` times as wide as they are. */
function partAround(indices: readonly number[], margin: number): Part {
  const across = indices.map((index) => landmarks[2 * index] ?? 0);
  const down = indices.map((index) => landmarks[2 * index + 1] ?? 0);
  const [left, right] = [Math.min(...across), Math.max(...across)];
  const [top, bottom] = [Math.min(...down), Math.max(...down)];
  const side = (right - left) * margin;
  return {
    left: (left + right - side) / 2,
    top: (top + bottom - side) / 2,
    width: side,
    height: side,
  };
}

/** ITU-R BT.709, limited range. */
function rgbOf({ width, height, y, u, v }: Yuv420): Picture {
  const pixels = new Uint8Array(3 * width * height);
  const level = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 3) {
      const chroma = (row >> 1) * Math.ceil(width / 2) + (column >> 1);
      const luma = (255 / 219) * ((y[row * width + column] ?? 16) - 16);
      const blue = (255 / 224) * ((u[chroma] ?? 128) - 128);
      const red = (255 / 224) * ((v[chroma] ?? 128) - 128);
      pixels[at] = level(luma + 1.5748 * red);
      pixels[at + 1] = level(luma - 0.1873 * blue - 0.4681 * red);
      pixels[at + 2] = level(luma + 1.8556 * blue);
    }
  }
  return { width, height, pixels };
}

function tiled(pictures: readonly Picture[]): Picture {
  const width = COLUMNS * TILE;
  const height = Math.ceil(pictures.length / COLUMNS) * TILE;
  const pixels = new Uint8Array(3 * width * height);
  for (const [index, { pixels: from }] of pictures.entries()) {
    const left = (index % COLUMNS) * TILE;
    const top = Math.floor(index / COLUMNS) * TILE;
    for (let y = 0; y < TILE; y++) {
      pixels.set(from.subarray(3 * y * TILE, 3 * (y + 1) * TILE), 3 * ((top + y) * width + left));
    }
  }
  return { width, height, pixels };
}
