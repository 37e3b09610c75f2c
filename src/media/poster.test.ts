import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import {
  AV_CODEC_ID_MJPEG,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVCOL_SPC_UNSPECIFIED,
} from "node-av/constants";
import { Codec, CodecContext, Frame, Packet, Rational } from "node-av/lib";
import { frameNumber } from "../../test/support/frame-code.ts";
import { makeMedia, rotationMatrix } from "../../test/support/make-media.ts";
import { check } from "./libav/input.ts";
import { createMovieWriter } from "./libav/movie-writer.ts";
import { createPictureEncoder } from "./libav/picture-encoder.ts";
import { writePoster } from "./poster.ts";

const folder = mkdtempSync(path.join(tmpdir(), "vocative-poster-"));
after(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string) => path.join(folder, name);

type Planes = { width: number; height: number; planes: Buffer[]; strides: number[] };

/** The picture in a JPEG: Y, Cb and Cr, the latter two at half the size. */
function readJpeg(file: string): Planes {
  const codec = Codec.findDecoder(AV_CODEC_ID_MJPEG);
  assert.ok(codec);
  using decoder = new CodecContext();
  decoder.allocContext3(codec);
  check(decoder.open2Sync(codec, null), "opening the JPEG decoder");
  using packet = new Packet();
  packet.alloc();
  packet.data = readFileSync(file);
  check(decoder.sendPacketSync(packet), "decoding a JPEG");
  using frame = new Frame();
  frame.alloc();
  check(decoder.receiveFrameSync(frame), "decoding a JPEG");
  const planes = (frame.data ?? []).slice(0, 3).map((plane) => Buffer.from(plane));
  return { width: frame.width, height: frame.height, planes, strides: [...frame.linesize] };
}

/** Y, Cb and Cr at a place told in shares of the picture. */
function colourAt({ width, height, planes, strides }: Planes, [x, y]: readonly [number, number]) {
  return planes.map((plane, i) => {
    const share = i === 0 ? 1 : 0.5;
    const row = Math.floor(y * height * share);
    return plane[row * (strides[i] ?? 0) + Math.floor(x * width * share)] ?? Number.NaN;
  });
}

const QUARTERS = {
  topLeft: [0.25, 0.25],
  topRight: [0.75, 0.25],
  bottomLeft: [0.25, 0.75],
} as const;

/** As JFIF has them (BT.601, full range). */
const RED = [76, 85, 255];
const GREEN = [150, 44, 21];
const BLUE = [29, 255, 107];

function assertColour(actual: number[], expected: number[]): void {
  const off = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? 0))));
  assert.ok(off <= 5, `${actual} instead of ${expected}`);
}

/** Red, green, blue and white quarters in limited range: what a camera of that resolution writes. */
const CODED = {
  sd: [
    [81, 90, 240],
    [145, 54, 34],
    [41, 240, 110],
    [235, 128, 128],
  ],
  hd: [
    [63, 102, 240],
    [173, 42, 26],
    [32, 240, 118],
    [235, 128, 128],
  ],
};

function quarters(request: {
  name: string;
  width: number;
  height: number;
  colours: number[][];
  rotation?: 90 | 180 | 270;
  /** Whether the file tells the matrix of its colours, BT.709. */
  told?: boolean;
  /** Width over height of a pixel. */
  stretch?: [num: number, den: number];
}): string {
  const { name, width, height, colours, rotation, told = false, stretch } = request;
  using pictures = createPictureEncoder({
    encoder: "libx264",
    width,
    height,
    frameRate: { num: 25, den: 1 },
    bFrames: 0,
    gop: 1,
    options: {
      preset: "ultrafast",
      crf: "10",
      ...(told ? {} : { "x264-params": "colormatrix=undef" }),
    },
  });
  const planes = [0, 1, 2].map((plane) => {
    const [w, h] = plane === 0 ? [width, height] : [width / 2, height / 2];
    const bytes = Buffer.alloc(w * h);
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        const quarter = (y < h / 2 ? 0 : 2) + (x < w / 2 ? 0 : 1);
        bytes[y * w + x] = colours[quarter]?.[plane] ?? 0;
      }
    return bytes;
  });
  const bytes = Buffer.concat(planes);
  const packets = [0, 1].flatMap((pts) => pictures.encode(bytes, pts));
  packets.push(...pictures.finish());
  const { context, timeBase } = pictures;
  using writer = createMovieWriter({
    file: fileOf(name),
    container: "mp4",
    tracks: [
      {
        timeBase,
        describe(stream) {
          check(stream.codecpar.fromContext(context), "describing the picture");
          if (!told) stream.codecpar.colorSpace = AVCOL_SPC_UNSPECIFIED;
          if (stretch) {
            stream.sampleAspectRatio = new Rational(...stretch);
            stream.codecpar.sampleAspectRatio = new Rational(...stretch);
          }
          if (!rotation) return;
          const matrix = rotationMatrix(rotation);
          stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, matrix);
        },
      },
    ],
  });
  for (const packet of packets) writer.write(0, packet);
  writer.finish();
  return fileOf(name);
}

function poster(video: string, { time = 0, maxSide = 640 } = {}): Planes {
  const file = `${video}.jpg`;
  writePoster({ path: video, time, file, maxSide });
  return readJpeg(file);
}

test("colours are those of the video, as it tells or as its resolution suggests", () => {
  const sd = quarters({ name: "sd.mp4", width: 320, height: 240, colours: CODED.sd });
  const hd = quarters({ name: "hd.mp4", width: 1280, height: 720, colours: CODED.hd });
  const small = { name: "told.mp4", width: 320, height: 240 };
  const told = quarters({ ...small, colours: CODED.hd, told: true });
  for (const video of [sd, hd, told]) {
    const picture = poster(video);
    assertColour(colourAt(picture, QUARTERS.topLeft), RED);
    assertColour(colourAt(picture, QUARTERS.topRight), GREEN);
    assertColour(colourAt(picture, QUARTERS.bottomLeft), BLUE);
    assertColour(colourAt(picture, [0.75, 0.75]), [255, 128, 128]);
  }
});

test("a picture is made smaller to fit, in its shape, and never larger", () => {
  const video = quarters({ name: "shape.mp4", width: 320, height: 240, colours: CODED.sd });
  for (const [maxSide, expected] of [
    [100, [100, 75]],
    [320, [320, 240]],
    [640, [320, 240]],
  ] as const) {
    const { width, height } = poster(video, { maxSide });
    assert.deepEqual([width, height], expected);
  }
});

test("pixels that are not square are stretched", () => {
  const size = { width: 320, height: 240, colours: CODED.sd };
  const wide = poster(quarters({ ...size, name: "wide.mp4", stretch: [2, 1] }));
  assert.deepEqual([wide.width, wide.height], [640, 240]);
  const tall = poster(quarters({ ...size, name: "tall.mp4", stretch: [1, 2] }));
  assert.deepEqual([tall.width, tall.height], [320, 480]);
});

test("a picture is turned as a player turns it", () => {
  const size = { width: 320, height: 240, colours: CODED.sd };
  for (const [rotation, expected] of [
    [90, { shape: [240, 320], topLeft: BLUE, topRight: RED }],
    [180, { shape: [320, 240], topRight: BLUE, bottomLeft: GREEN }],
    [270, { shape: [240, 320], topLeft: GREEN, bottomLeft: RED }],
  ] as const) {
    const { shape, ...colours } = expected;
    const picture = poster(quarters({ ...size, name: `turned-${rotation}.mp4`, rotation }));
    assert.deepEqual([picture.width, picture.height], shape);
    for (const [place, colour] of Object.entries(colours)) {
      assertColour(colourAt(picture, QUARTERS[place as keyof typeof QUARTERS]), [...colour]);
    }
  }
});

for (const container of ["mp4", "mkv", "ts"] as const) {
  test(`the frame is the one on show at that time (${container})`, () => {
    const file = fileOf(`times.${container}`);
    makeMedia({
      file,
      container,
      video: { codec: "h264", frameRate: 10, bFrames: 2, gop: 7 },
      audio: { codec: "aac", sampleRate: 44_100, channels: 1 },
      sound: [{ kind: "speech", seconds: 3 }],
    });
    const shown = [0, 0.04, 0.16, 1.55, 2.25, 100].map((time) => {
      const { width, height, planes, strides } = poster(file, { time });
      const luma = new Uint8Array(width * height);
      for (let y = 0; y < height; y++) {
        const start = y * (strides[0] ?? 0);
        luma.set(planes[0]?.subarray(start, start + width) ?? [], y * width);
      }
      return frameNumber({ width, height, luma });
    });
    assert.deepEqual(shown, [0, 0, 1, 15, 22, 29]);
  });
}

test("a song with cover art, like any file without a video, has no poster", () => {
  const recipe = {
    video: null,
    audio: { codec: "mp3", sampleRate: 44_100, channels: 1 },
    sound: [{ kind: "speech", seconds: 1 }],
  } as const;
  const plain = fileOf("plain.mp3");
  makeMedia({ ...recipe, sound: [...recipe.sound], file: plain, container: "mp3" });
  const size = { width: 64, height: 64, colours: CODED.sd };
  poster(quarters({ ...size, name: "cover.mp4" }));
  const covered = fileOf("covered.mp3");
  writeFileSync(
    covered,
    Buffer.concat([coverArt(readFileSync(fileOf("cover.mp4.jpg"))), readFileSync(plain)]),
  );
  for (const path of [plain, covered]) {
    assert.throws(() => writePoster({ path, time: 0, file: fileOf("none.jpg"), maxSide: 640 }), {
      code: "NO_VIDEO",
      message: /^(plain|covered)\.mp3 has no picture that moves/,
    });
  }
});

/** An ID3v2.3 tag with one attached picture (id3.org, informal standard, 4.15). */
function coverArt(jpeg: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from("\0image/jpeg\0\x03\0", "latin1"), jpeg]);
  const frame = Buffer.alloc(10);
  frame.write("APIC");
  frame.writeUInt32BE(body.length, 4);
  const size = frame.length + body.length;
  const header = Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0, 0]);
  for (let i = 0; i < 4; i++) header[9 - i] = (size >> (7 * i)) & 0x7f;
  return Buffer.concat([header, frame, body]);
}

test("a poster that cannot be written says so", () => {
  const video = quarters({ name: "w.mp4", width: 64, height: 64, colours: CODED.sd });
  assert.throws(
    () => writePoster({ path: video, time: 0, file: fileOf("no/such/folder.jpg"), maxSide: 640 }),
    { code: "OUTPUT_UNWRITABLE" },
  );
});
