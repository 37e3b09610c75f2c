import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { pngOf } from "../scripts/write-png.ts";
import type { Picture } from "../src/domain/face.ts";
import { drawAvatar } from "../src/face/avatar/draw-avatar.ts";
import { createFaceFinder } from "../src/face/landmarks/face-finder.ts";
import { boundsOf } from "../src/face/landmarks/landmark-points.ts";
import { createPortraitAnimator } from "../src/face/talking/portrait-animator.ts";
import { readStillPicture } from "../src/media/still-picture.ts";
import {
  blackPng,
  blockyJpeg,
  clearPng,
  encodePicture,
  withOrientation,
} from "./support/make-picture.ts";
import { decodedFrames } from "./support/read-media.ts";

/** Whatever is given as a portrait, it talks or is refused for a reason; nothing is left then. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-pictures-"));
const { signal } = new AbortController();
const faces = createFaceFinder();
const animator = createPortraitAnimator({ faces });
after(async () => {
  await Promise.all([faces.close(), animator.close()]);
  rmSync(folder, { recursive: true });
});

const SIZE = 256;
const drawn = drawAvatar(SIZE);
const avatar = drawn.picture;
const png = pngOf(avatar);
const jpeg = encodePicture(avatar, { codec: "mjpeg", pixelFormat: "yuvj444p" });
const sound = { samples: new Float32Array(4000).fill(0.1), sampleRate: 16_000 };

function fileOf(name: string, content: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** Lets a picture say a quarter of a second. */
function talk(image: string, more: { face?: { x: number; y: number } } = {}) {
  const out = `${image}.mp4`;
  const request = { image, audio: sound, fps: 20, size: 128, crop: "face" as const, out, ...more };
  return animator.animate(request, { signal });
}

/** Colours by place, from those of a picture or none. */
function painted(width: number, height: number, of: (x: number, y: number) => number): Picture {
  const pixels = new Uint8Array(3 * width * height);
  for (let at = 0; at < width * height; at++) {
    const from = of(at % width, Math.floor(at / width));
    pixels.set(from < 0 ? [170, 175, 180] : avatar.pixels.subarray(3 * from, 3 * from + 3), 3 * at);
  }
  return { width, height, pixels };
}

/** The avatar with a part of each side cut off. */
function cut({ left = 0, right = 0, top = 0, bottom = 0 }): Picture {
  const [x, y] = [Math.round(left * SIZE), Math.round(top * SIZE)];
  const [width, height] = [(1 - right) * SIZE - x, (1 - bottom) * SIZE - y].map(Math.round);
  assert.ok(width && height);
  return painted(width, height, (column, row) => (row + y) * SIZE + column + x);
}

/** Squeezed to half its size, at `x`, beside the whole. */
const two = painted(400, SIZE, (x, y) => {
  if (x < SIZE) return y * SIZE + x;
  const [column, row] = [2 * (x - SIZE - 8), 2 * (y - 64)];
  return column >= 0 && column < SIZE && row >= 0 && row < SIZE ? row * SIZE + column : -1;
});

describe("what cannot talk is refused with the reason", () => {
  const NO_TYPE = "MEDIA_TYPE_NOT_ALLOWED";
  const animated = Buffer.from(
    "RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\xff\0\0\xff\0\0",
    "latin1",
  );
  const comments = Buffer.concat(
    Array.from({ length: 8 }, () => {
      const comment = Buffer.alloc(65_537);
      comment.set([0xff, 0xfe, 0xff, 0xff]);
      return comment;
    }),
  );
  const huge = () => blockyJpeg({ width: 16_384, height: 16_384, components: 1 });
  const REFUSED: [
    what: string,
    name: string,
    bytes: () => Uint8Array,
    code: string,
    says: RegExp,
  ][] = [
    ["one pixel", "dot.png", () => blackPng(1, 1), "NO_FACE", /no face was found in dot\.png/],
    ["a thread", "thread.png", () => blackPng(1, 30_000), "NO_FACE", /no face/],
    ["a wall", "wall.png", () => pngOf(painted(300, 200, () => -1)), "NO_FACE", /no face/],
    [
      "a tiny face",
      "tiny.png",
      () => pngOf(painted(200, 200, (x, y) => (x < 64 && y < 64 ? 4 * (y * SIZE + x) : -1))),
      "FACE_UNSUITABLE",
      /pixels high, at least 48 are needed/,
    ],
    [
      "a PNG of 16k × 16k",
      "huge.png",
      () => blackPng(16_384, 16_384),
      "MEDIA_TOO_LARGE",
      /16384×16384/,
    ],
    [
      "a JPEG of 16k × 16k",
      "huge.jpg",
      huge,
      "MEDIA_TOO_LARGE",
      /16384×16384 pixels, at most 50 million/,
    ],
    [
      "a huge JPEG that says so behind half a megabyte of comments",
      "comments.jpg",
      () => Buffer.concat([huge().subarray(0, 2), comments, huge().subarray(2)]),
      "MEDIA_TOO_LARGE",
      /16384×16384/,
    ],
    [
      "a PNG that ends early",
      "cut.png",
      () => png.subarray(0, 0.9 * png.length),
      "MEDIA_UNREADABLE",
      /damaged/,
    ],
    [
      "a JPEG that ends early",
      "cut.jpg",
      () => jpeg.subarray(0, 0.9 * jpeg.length),
      "MEDIA_UNREADABLE",
      /damaged/,
    ],
    ["a JPEG's first bytes", "head.jpg", () => jpeg.subarray(0, 3), "MEDIA_UNREADABLE", /damaged/],
    [
      "an animated WebP",
      "moving.webp",
      () => animated,
      NO_TYPE,
      /animated picture: give one that stands still/,
    ],
    [
      "a GIF",
      "moving.gif",
      () => Buffer.from("GIF89a\x01\0\x01\0\0\0\0;", "latin1"),
      NO_TYPE,
      /give a PNG, JPEG or WebP/,
    ],
    [
      "a playlist",
      "list.png",
      () => Buffer.from("#EXTM3U\n#EXTINF:1,\nfile:///etc/hosts\n"),
      NO_TYPE,
      /list\.png is no picture/,
    ],
    [
      "a list of files",
      "concat.png",
      () => Buffer.from("ffconcat version 1.0\nfile 'wall.png'\n"),
      NO_TYPE,
      /no picture/,
    ],
    ["a text", "text.png", () => Buffer.from("hello"), NO_TYPE, /text\.png is no picture/],
    [
      "an SVG",
      "drawing.svg",
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      NO_TYPE,
      /no picture/,
    ],
    ["nothing", "nothing.png", () => Buffer.alloc(0), NO_TYPE, /no picture/],
  ];
  for (const [what, name, bytes, code, says] of REFUSED) {
    test(`${what}: ${code}`, async () => {
      const image = fileOf(name, bytes());
      await assert.rejects(talk(image), (error: Error & { code: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /\n/);
        assert.ok(!error.message.includes(folder), "no path in it");
        return true;
      });
      assert.deepEqual(
        readdirSync(folder).filter((file) => /\.mp4|\.part/.test(file)),
        [],
      );
    });
  }

  test("a huge JPEG is refused before any of it is decoded", async () => {
    const file = fileOf("huge-again.jpg", huge());
    const before = process.resourceUsage().maxRSS;
    await assert.rejects(readStillPicture(file, { maxSide: SIZE }), { code: "MEDIA_TOO_LARGE" });
    const grown = (process.resourceUsage().maxRSS - before) / 1024;
    assert.ok(grown < 128, `${grown} MB, of 256 that it has decoded`);
  });
});

describe("a picture is read as any program shows it", () => {
  /** Mean difference from the avatar, levels. */
  async function differs(name: string, bytes: Uint8Array): Promise<number> {
    const { width, height, pixels } = await readStillPicture(fileOf(name, bytes), {
      maxSide: SIZE,
    });
    assert.deepEqual([width, height], [SIZE, SIZE]);
    return (
      pixels.reduce((sum, v, i) => sum + Math.abs(v - (avatar.pixels[i] ?? 0)), 0) / pixels.length
    );
  }
  const encoded = (codec: "png" | "mjpeg" | "libwebp", pixelFormat: string) => () =>
    encodePicture(avatar, { codec, pixelFormat });
  const turned = painted(SIZE, SIZE, (x, y) => x * SIZE + SIZE - 1 - y);
  const READ: [what: string, bytes: () => Uint8Array, levels: number][] = [
    ["PNG of 8 bits", encoded("png", "rgb24"), 0],
    ["PNG of 16 bits", encoded("png", "rgb48be"), 1],
    ["PNG whose transparency hides nothing", encoded("png", "rgba"), 0],
    ["JPEG", encoded("mjpeg", "yuvj444p"), 4],
    ["JPEG of half as much colour", encoded("mjpeg", "yuvj420p"), 4],
    ["WebP", encoded("libwebp", "yuv420p"), 4],
    [
      "JPEG in CMYK",
      () => {
        const levelAt = (x: number, y: number, c: number) =>
          c === 3 ? 255 : (avatar.pixels[3 * (y * SIZE + x) + c] ?? 0);
        return blockyJpeg({ width: 8 * SIZE, height: 8 * SIZE, components: 4, levelAt });
      },
      2,
    ],
    [
      "JPEG that is to be turned",
      () => withOrientation(encodePicture(turned, { codec: "mjpeg", pixelFormat: "yuvj444p" }), 6),
      4,
    ],
  ];
  for (const [index, [what, bytes, levels]] of READ.entries()) {
    test(`a ${what}`, async () => {
      const difference = await differs(`read-${index}`, bytes());
      assert.ok(difference <= levels, `${difference} levels`);
    });
  }

  test("what is transparent is white", async () => {
    const { pixels } = await readStillPicture(fileOf("clear.png", clearPng(8, 8)), { maxSide: 8 });
    assert.deepEqual([...pixels.subarray(0, 3)], [255, 255, 255]);
  });
});

test("of several faces the largest talks, or the one that is pointed at", async () => {
  const image = fileOf("two.png", pngOf(two));
  await talk(image);
  const large = shown(`${image}.mp4`);
  await talk(image, { face: { x: 0.82, y: 0.5 } });
  const small = shown(`${image}.mp4`);
  assert.notDeepEqual(large, small);
  await assert.rejects(talk(image, { face: { x: 0.65, y: 0.02 } }), {
    code: "NO_FACE",
    message:
      /no face was found at 0\.65,0\.02: give the place of one that was, 0\.3\d,0\.\d\d or 0\.8\d,0\.\d\d/u,
  });
  await assert.rejects(talk(image, { face: { x: 2, y: 0 } }), { code: "INVALID_OPTION" });
});

/** The luma of a video's first frame. */
function shown(file: string): Uint8Array {
  for (const { luma } of decodedFrames(file)) return luma.slice();
  return assert.fail(`${file} has no frames`);
}

test("a face that the picture's edge cuts is found where it is", async () => {
  const { width } = boundsOf(drawn.landmarks);
  for (const sides of [
    { left: 0.36 },
    { right: 0.38 },
    { bottom: 0.3 },
    { left: 0.37, right: 0.37, top: 0.2, bottom: 0.34 },
  ]) {
    const [face] = await faces.find(cut(sides), { signal });
    assert.ok(face && face.score > 0.9, `a face cut by ${JSON.stringify(sides)}`);
    const [x, y] = [(sides.left ?? 0) * SIZE, ("top" in sides ? (sides.top ?? 0) : 0) * SIZE];
    // Corners and middle of the lips.
    for (const landmark of [61, 291, 13]) {
      const dx = (face.landmarks[2 * landmark] ?? 0) + x - (drawn.landmarks[2 * landmark] ?? 0);
      const dy =
        (face.landmarks[2 * landmark + 1] ?? 0) + y - (drawn.landmarks[2 * landmark + 1] ?? 0);
      assert.ok(Math.hypot(dx, dy) < 0.05 * width, `${landmark}: ${dx}, ${dy}`);
    }
    await talk(fileOf("cut-face.png", pngOf(cut(sides))));
  }
});
