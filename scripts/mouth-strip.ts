// Strips of a video in which the speaker's own mouth says something else, recorded above, new below:
// node scripts/mouth-strip.ts VIDEO TEXT [--from FRAME] [--language en] [--out FILE.png] [--faces FILE.json]
// What the face finder saw is kept in the file of --faces: the next strip of that video takes seconds.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Codec, CodecContext, Frame } from "node-av/lib";
import { z } from "zod";
import { durationOf } from "../src/domain/audio.ts";
import type { Face, Picture } from "../src/domain/face.ts";
import { createFaceFinder } from "../src/face/landmarks/face-finder.ts";
import { followFace } from "../src/face/landmarks/follow-face.ts";
import { pointOf } from "../src/face/landmarks/landmark-points.ts";
import { smoothTrack } from "../src/face/landmarks/track-face.ts";
import { mouthPictures } from "../src/face/lip-sync/mouth/mouth-pictures.ts";
import { newPictures } from "../src/face/lip-sync/new-pictures.ts";
import { openMouths } from "../src/face/lip-sync/open-mouths.ts";
import { smallPicture } from "../src/face/lip-sync/small-picture.ts";
import { chromaOf, type Yuv420 } from "../src/face/portrait/planes.ts";
import { check, openInput } from "../src/media/libav/input.ts";
import { createEspeak } from "../src/speech/espeak/espeak.ts";
import { pngOf } from "./write-png.ts";

/** Pictures before and after what is said, seconds. */
const LEAD = 0.2;
const TAIL = 0.25;
/** Tiles of a row, and of the picture each is a square of so many face widths, shown so large. */
const COLUMNS = 8;
const TILE = { faces: 0.62, pixels: 240 };
const savedFaces = z.array(
  z.array(
    z.object({
      landmarks: z.array(z.number()),
      score: z.number(),
      yaw: z.number(),
      mouthDoubt: z.number(),
    }),
  ),
);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: "string", default: "0" },
    language: { type: "string", default: "en" },
    out: { type: "string", default: "mouth-strip.png" },
    faces: { type: "string" },
  },
});
const [video, text] = positionals;
if (!video || !text) throw new Error("give a video and what is to be said");

const { pictures, frameSeconds } = decoded(video);
const faces = await facesOf(pictures);
const voice = createEspeak();
const { audio: said, phonemes } = await voice.speak(
  { text, language: values.language },
  { signal: AbortSignal.timeout(60_000) },
);
await voice.close();

const from = Number(values.from);
const seconds = LEAD + durationOf(said) + TAIL;
const to = Math.min(pictures.length, from + Math.ceil(seconds / frameSeconds));
const stretch = { pictures: pictures.slice(from, to), faces: faces.slice(from, to) };
const elsewhere = <T>(all: readonly T[]) => [...all.slice(0, from), ...all.slice(to)];
const wanted = newPictures({
  sources: stretch.pictures.map((_, index) => index),
  frameSeconds,
  speech: { audio: said, start: LEAD, ...(phonemes && { phonemes }) },
});

const started = process.cpuUsage();
const filmed = { ...stretch, openMouths: openMouths(elsewhere(pictures), elsewhere(faces)) };
const made = mouthPictures(filmed, wanted);
const tiles: { recorded: Picture; made: Picture }[] = [];
let index = 0;
for (const picture of made) {
  const [own, face] = [stretch.pictures[index], stretch.faces[index++]];
  if (own && face) tiles.push({ recorded: tileOf(own, face), made: tileOf(picture, face) });
}
const milliseconds = process.cpuUsage(started).user / 1000 / tiles.length;
await writeFile(values.out, pngOf(stripOf(tiles)));
process.stderr.write(
  `${values.out}: ${tiles.length} pictures, with cutting the tiles ${milliseconds.toFixed(1)} ms each\n`,
);

function decoded(file: string): { pictures: Yuv420[]; frameSeconds: number } {
  using input = openInput(file);
  const stream = input.video;
  const codec = stream && Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) throw new Error(`${file} has no picture that can be decoded`);
  using decoder = new CodecContext();
  decoder.allocContext3(codec);
  check(decoder.parametersToContext(stream.codecpar), "setting up the decoder");
  check(decoder.open2Sync(codec, null), "opening the decoder");
  using frame = new Frame();
  frame.alloc();
  const shown: Yuv420[] = [];
  const drain = () => {
    while (decoder.receiveFrameSync(frame) >= 0) {
      shown.push(planesIn(frame));
      frame.unref();
    }
  };
  for (const packet of input.packets()) {
    if (packet.streamIndex !== stream.index) continue;
    check(decoder.sendPacketSync(packet), "decoding");
    drain();
  }
  check(decoder.sendPacketSync(null), "ending the decoder");
  drain();
  const { num, den } = stream.avgFrameRate;
  return { pictures: shown, frameSeconds: den / num };
}

function planesIn(frame: Frame): Yuv420 {
  const { width, height } = frame;
  const bytes = new Uint8Array(frame.toBuffer());
  const luma = width * height;
  const chroma = chromaOf(width) * chromaOf(height);
  if (bytes.length !== luma + 2 * chroma) throw new Error("the video is not 8-bit 4:2:0");
  return {
    width,
    height,
    y: bytes.subarray(0, luma),
    u: bytes.subarray(luma, luma + chroma),
    v: bytes.subarray(luma + chroma),
  };
}

async function facesOf(shown: Yuv420[]): Promise<Face[]> {
  const known = values.faces && (await readFile(values.faces, "utf8").catch(() => undefined));
  const seen = known ? savedFaces.parse(JSON.parse(known)) : await findFaces(shown);
  if (values.faces && !known) await writeFile(values.faces, JSON.stringify(seen));
  const found = seen.map((frame) =>
    frame.map((face): Face => ({ ...face, landmarks: Float32Array.from(face.landmarks) })),
  );
  const track = smoothTrack(followFace(found));
  if (track.kind === "refused") throw new Error(track.message);
  return track.frames;
}

async function findFaces(shown: Yuv420[]) {
  const finder = createFaceFinder();
  const found: z.infer<typeof savedFaces> = [];
  for (const planes of shown) {
    const { picture } = smallPicture(planes, Number.POSITIVE_INFINITY);
    const seen = await finder.find(picture, { signal: AbortSignal.timeout(60_000) });
    found.push(
      seen.map(({ landmarks, score, yaw, mouthDoubt = 0 }) => ({
        ...{ score, yaw, mouthDoubt },
        landmarks: [...landmarks],
      })),
    );
  }
  await finder.close();
  return found;
}

function tileOf(planes: Yuv420, { landmarks }: Face): Picture {
  const [left, right] = [pointOf(landmarks, 234), pointOf(landmarks, 454)];
  const [upper, lower] = [pointOf(landmarks, 0), pointOf(landmarks, 17)];
  const side = TILE.faces * Math.hypot(left.x - right.x, left.y - right.y);
  const x = (upper.x + lower.x - side) / 2;
  const y = (upper.y + lower.y - side) / 2;
  return cut(planes, { x, y, width: side, height: side }, TILE.pixels);
}

/** A part of a picture as RGB, BT.709 of limited range, `width` pixels wide. */
function cut(
  planes: Yuv420,
  part: { x: number; y: number; width: number; height: number },
  width: number,
): Picture {
  const height = Math.round((width * part.height) / part.width);
  const pixels = new Uint8Array(3 * width * height);
  const channel = (samples: Uint8Array, scale: 1 | 2, x: number, y: number) => {
    const columns = scale === 1 ? planes.width : chromaOf(planes.width);
    const rows = scale === 1 ? planes.height : chromaOf(planes.height);
    const px = Math.max(0, Math.min(columns - 1.001, x / scale));
    const py = Math.max(0, Math.min(rows - 1.001, y / scale));
    const at = Math.floor(py) * columns + Math.floor(px);
    const [tx, ty] = [px % 1, py % 1];
    const above = (samples[at] ?? 0) * (1 - tx) + (samples[at + 1] ?? 0) * tx;
    const below = (samples[at + columns] ?? 0) * (1 - tx) + (samples[at + columns + 1] ?? 0) * tx;
    return above * (1 - ty) + below * ty;
  };
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 3) {
      const x = part.x + (column * part.width) / width;
      const y = part.y + (row * part.height) / height;
      const luma = (channel(planes.y, 1, x, y) - 16) * (255 / 219);
      const u = (channel(planes.u, 2, x, y) - 128) * (255 / 224);
      const v = (channel(planes.v, 2, x, y) - 128) * (255 / 224);
      const colour = [luma + 1.5748 * v, luma - 0.1873 * u - 0.4681 * v, luma + 1.8556 * u];
      colour.forEach((value, i) => {
        pixels[at + i] = Math.max(0, Math.min(255, value + 0.5));
      });
    }
  }
  return { width, height, pixels };
}

function stripOf(shown: { recorded: Picture; made: Picture }[]): Picture {
  const side = TILE.pixels;
  const [width, height] = [COLUMNS * side, 2 * Math.ceil(shown.length / COLUMNS) * side];
  const pixels = new Uint8Array(3 * width * height);
  for (const [place, { recorded, made: anew }] of shown.entries()) {
    const left = (place % COLUMNS) * side;
    const top = 2 * Math.floor(place / COLUMNS) * side;
    for (const [below, tile] of [recorded, anew].entries()) {
      for (let row = 0; row < side; row++) {
        const line = tile.pixels.subarray(3 * side * row, 3 * side * (row + 1));
        pixels.set(line, 3 * ((top + below * side + row) * width + left));
      }
    }
  }
  return { width, height, pixels };
}
