import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { timeBase } from "../src/media/libav/audio-decoder.ts";
import { check } from "../src/media/libav/input.ts";
import { createMovieWriter, type EncodedPacket } from "../src/media/libav/movie-writer.ts";
import { createPictureEncoder } from "../src/media/libav/picture-encoder.ts";
import { seededRandom } from "../src/signal/seeded-random.ts";
import { madeSound, type Segment } from "../test/support/made-sound.ts";
import { encodeSound } from "../test/support/sound-encoder.ts";

/** Raised whenever the code below makes other files of the same recipes. */
const VERSION = 2;

export type BaseRecipe = {
  /** Such as `60 s 1080p`; part of the file's name. */
  name: string;
  /** Seconds. */
  duration: number;
  width: number;
  height: number;
  /** Of the picture, bits a second. */
  bitRate: number;
};

export type MadeBase = BaseRecipe & { file: string; sizeBytes: number };

/** 17 MB a minute, as a phone or a studio tool exports a talking head. */
export const LONG_BASE: BaseRecipe = {
  name: "60 s 1080p",
  duration: 60,
  width: 1920,
  height: 1080,
  bitRate: 2_110_000,
};
export const SHORT_BASE: BaseRecipe = {
  name: "10 s 720p",
  duration: 10,
  width: 1280,
  height: 720,
  bitRate: 1_200_000,
};

const FRAME_RATE = 30;
const SAMPLE_RATE = 48_000;
const AUDIO_BIT_RATE = 128_000;
/** The first word, which the silence rule takes for the name, and the quiet around it. */
const OPENING: Segment[] = [
  { kind: "silence", seconds: 0.4 },
  { kind: "speech", seconds: 0.9 },
  { kind: "silence", seconds: 0.8 },
];
const SENTENCE: Segment[] = [
  { kind: "speech", seconds: 2.6 },
  { kind: "silence", seconds: 0.5 },
];

/** Makes a base, or takes the one that an earlier run left in `folder`. */
export async function madeBase(recipe: BaseRecipe, folder: string): Promise<MadeBase> {
  const key = createHash("sha256")
    .update(JSON.stringify([VERSION, recipe]))
    .digest("hex");
  const name = `${recipe.name.replaceAll(" ", "-")}-${key.slice(0, 12)}.mp4`;
  const file = path.join(folder, name);
  await mkdir(folder, { recursive: true });
  const known = await stat(file).catch(() => null);
  if (known) return { ...recipe, file, sizeBytes: known.size };
  await removeOlder(folder, recipe);
  const part = `${file}.${process.pid}.part`;
  writeBase(recipe, part);
  await rename(part, file);
  return { ...recipe, file, sizeBytes: (await stat(file)).size };
}

async function removeOlder(folder: string, recipe: BaseRecipe): Promise<void> {
  const prefix = `${recipe.name.replaceAll(" ", "-")}-`;
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix)) await rm(path.join(folder, name), { force: true });
  }
}

function writeBase(recipe: BaseRecipe, file: string): void {
  const { width, height, duration, bitRate } = recipe;
  using pictures = createPictureEncoder({
    encoder: "libx264",
    width,
    height,
    frameRate: { num: FRAME_RATE, den: 1 },
    bFrames: 2,
    gop: 250,
    options: {
      preset: "superfast",
      b: String(bitRate),
      maxrate: String(2 * bitRate),
      bufsize: String(4 * bitRate),
      bf: "2",
    },
  });
  const samples = madeSound(speech(duration), { sampleRate: SAMPLE_RATE, noiseDb: -62 });
  const sound = encodeSound(samples, {
    codec: "aac",
    sampleRate: SAMPLE_RATE,
    channels: 2,
    bitRate: AUDIO_BIT_RATE,
  });
  using movie = createMovieWriter({
    file,
    container: "mp4",
    tracks: [
      {
        timeBase: pictures.timeBase,
        describe: (stream) => {
          check(stream.codecpar.fromContext(pictures.context), "describing the picture");
          stream.avgFrameRate = pictures.context.framerate;
        },
      },
      { timeBase: timeBase(SAMPLE_RATE), describe: sound.describe },
    ],
    options: { movflags: "+faststart" },
  });
  const waiting = sound.packets.values();
  let next = waiting.next();
  const writeSoundUntil = (seconds: number): void => {
    for (; !next.done && next.value.dts < seconds * SAMPLE_RATE; next = waiting.next()) {
      movie.write(1, next.value);
    }
  };
  const writePictures = (packets: EncodedPacket[]): void => {
    for (const packet of packets) {
      writeSoundUntil(packet.dts / FRAME_RATE);
      movie.write(0, packet);
    }
  };
  const draw = createScene(width, height);
  for (let frame = 0; frame < duration * FRAME_RATE; frame++) {
    writePictures(pictures.encode(draw(frame), frame));
  }
  writePictures(pictures.finish());
  writeSoundUntil(Number.POSITIVE_INFINITY);
  movie.finish();
}

function speech(duration: number): Segment[] {
  const segments = [...OPENING];
  let at = 0;
  for (const { seconds } of segments) at += seconds;
  for (let i = 0; at < duration - 0.5; i++) {
    const segment = SENTENCE[i % 2] ?? OPENING[0];
    if (!segment) break;
    const seconds = Math.min(segment.seconds, duration - 0.5 - at);
    segments.push({ ...segment, seconds });
    at += seconds;
  }
  return [...segments, { kind: "silence", seconds: duration - at }];
}

/**
 * A picture that moves all over: a camera that sways before a cloudy wall, with film grain. Each frame
 * is rows of larger pictures that are drawn once.
 */
function createScene(width: number, height: number): (frame: number) => Buffer {
  const sway = 64;
  const wall = { width: width + 2 * sway, height: height + 2 * sway };
  const luma = clouds(wall.width, wall.height, { seed: 1, middle: 120, depth: 90, grain: 10 });
  const chroma = { width: wall.width / 2, height: wall.height / 2 };
  const blue = clouds(chroma.width, chroma.height, { seed: 2, middle: 128, depth: 40, grain: 0 });
  const red = clouds(chroma.width, chroma.height, { seed: 3, middle: 128, depth: 40, grain: 0 });
  const planes = Buffer.alloc(width * height * 1.5);
  return (frame) => {
    const left = 2 * Math.round((sway / 2) * (1 + Math.sin(frame / 23)));
    const top = 2 * Math.round((sway / 2) * (1 + Math.sin(frame / 31)));
    let at = 0;
    const cut = (from: Buffer, stride: number, x: number, y: number, w: number, h: number) => {
      for (let row = 0; row < h; row++, at += w) {
        const start = (y + row) * stride + x;
        from.copy(planes, at, start, start + w);
      }
    };
    cut(luma, wall.width, left, top, width, height);
    cut(blue, chroma.width, left / 2, top / 2, width / 2, height / 2);
    cut(red, chroma.width, left / 2, top / 2, width / 2, height / 2);
    return planes;
  };
}

type Clouds = { seed: number; middle: number; depth: number; grain: number };

/** Waves of random directions on top of each other. */
function clouds(width: number, height: number, { seed, middle, depth, grain }: Clouds): Buffer {
  const random = seededRandom(seed);
  const waves = Array.from({ length: 7 }, (_, i) => ({
    x: ((random() - 0.5) * 2 ** (i / 1.5)) / 60,
    y: ((random() - 0.5) * 2 ** (i / 1.5)) / 60,
    phase: 2 * Math.PI * random(),
    height: 1 / (i + 1),
  }));
  const bytes = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let level = 0;
      for (const wave of waves)
        level += wave.height * Math.sin(wave.x * x + wave.y * y + wave.phase);
      bytes[y * width + x] = middle + (depth * level) / 2.6 + grain * (random() - 0.5);
    }
  }
  return bytes;
}
