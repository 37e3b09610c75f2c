import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { pngOf } from "../scripts/write-png.ts";
import { durationOf } from "../src/domain/audio.ts";
import type { Face, Picture } from "../src/domain/face.ts";
import { drawAvatar } from "../src/face/avatar/draw-avatar.ts";
import { createFaceFinder } from "../src/face/landmarks/face-finder.ts";
import { createPortraitAnimator } from "../src/face/talking/portrait-animator.ts";
import { createMouthTrack } from "../src/face/visemes/mouth-track.ts";
import { openInput } from "../src/media/libav/input.ts";
import type { Speech } from "../src/ports/speech-model.ts";
import { createEspeak } from "../src/speech/espeak/espeak.ts";
import { decodedFrames, decodeSound, describeMedia, type ReadFrame } from "./support/read-media.ts";
import { vocativeInside } from "./support/run-vocative.ts";

/** A still portrait talks: the whole way from a text to a video, and back from its frames. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-portrait-"));
const inside = (file: string) => path.join(folder, file);
const { signal } = new AbortController();
const voice = createEspeak();
const faces = createFaceFinder();
const animator = createPortraitAnimator({ faces });
let speech: Speech;
before(async () => {
  const text = "My baby papa may be happy.";
  speech = await voice.speak({ text, language: "en" }, { signal });
});
after(async () => {
  await Promise.all([voice.close(), faces.close(), animator.close()]);
  rmSync(folder, { recursive: true });
});

const request = (changes: object = {}) => ({
  image: null,
  audio: speech.audio,
  ...(speech.phonemes && { phonemes: speech.phonemes }),
  fps: 25,
  size: 384,
  crop: "face" as const,
  out: inside("talking.mp4"),
  ...changes,
});

function pictureOf({ width, height, luma }: ReadFrame): Picture {
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    pixels.fill(Math.min(255, Math.max(0, ((luma[i] ?? 16) - 16) * (255 / 219))), 3 * i, 3 * i + 3);
  }
  return { width, height, pixels };
}

/** Distance of two landmarks, pixels. */
function between({ landmarks }: Face, a: number, b: number): number {
  const at = (index: number) => landmarks[index] ?? Number.NaN;
  return Math.hypot(at(2 * a) - at(2 * b), at(2 * a + 1) - at(2 * b + 1));
}

/** How wide the mouth, and how wide the eyes, stand open. */
const mouthOf = (face: Face) => between(face, 13, 14) / between(face, 61, 291);
const eyesOf = (face: Face) =>
  (between(face, 159, 145) + between(face, 386, 374)) /
  (between(face, 33, 133) + between(face, 362, 263));

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[i] ?? 0) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

test("the avatar's mouth, measured in the finished video, follows what is said, to the frame", async (t) => {
  const video = await animator.animate(request(), { signal });
  assert.equal(video.frames, Math.ceil(durationOf(speech.audio) * 25));
  const found: Face[] = [];
  for (const frame of decodedFrames(inside("talking.mp4"))) {
    const [face] = await faces.find(pictureOf(frame), { signal });
    assert.ok(face && face.score > 0.9, `a face at ${frame.time} s`);
    found.push(face);
  }
  assert.equal(found.length, video.frames);
  const track = createMouthTrack(video.visemes, { audio: speech.audio });
  const meant = found.map((_, i) => track.at((i + 0.5) / 25, 1 / 25));
  const seen = found.map(mouthOf);
  const shifted = (lag: number) => {
    const frames = seen.map((_, i) => i).filter((i) => meant[i - lag] !== undefined);
    return correlation(
      frames.map((i) => meant[i - lag]?.open ?? 0),
      frames.map((i) => seen[i] ?? 0),
    );
  };
  const byLag = [-2, -1, 0, 1, 2].map((lag) => [lag, shifted(lag)] as const);
  t.diagnostic(
    `mouth against its track: ${byLag.map(([lag, r]) => `${lag}: ${r.toFixed(3)}`).join(", ")}`,
  );
  const best = byLag.toSorted(([, a], [, b]) => b - a)[0];
  assert.deepEqual([best?.[0], (best?.[1] ?? 0) >= 0.9], [0, true]);

  const closed = Math.min(...seen);
  for (const [i, { press }] of meant.entries()) {
    if (press > 0.9) assert.ok((seen[i] ?? 1) <= closed + 0.05, `lips closed at frame ${i}`);
  }
  const eyes = found.map(eyesOf);
  const usual = eyes.toSorted((a, b) => a - b)[eyes.length >> 1] ?? 0;
  assert.ok(Math.min(...eyes) < usual, "eyes move");
});

test("the video is H.264 and AAC, as long as the sound to the frame, and says that it is synthetic", async () => {
  await animator.animate(request({ fps: 30, out: inside("thirty.mp4") }), { signal });
  const { video, audio } = describeMedia(inside("thirty.mp4"));
  assert.deepEqual([video?.codec, video?.width, video?.height], ["h264", 384, 384]);
  assert.deepEqual([audio?.codec, audio?.sampleRate, audio?.channels], ["aac", 22_050, 1]);
  const frames = [...decodedFrames(inside("thirty.mp4"))];
  const duration = durationOf(speech.audio);
  assert.ok(Math.abs(frames.length / 30 - duration) <= 1 / 30);
  const sound = decodeSound(inside("thirty.mp4"));
  assert.ok(Math.abs(durationOf(sound) - duration) < 0.06);
  const loudAt = (samples: Float32Array, rate: number) =>
    samples.findIndex((sample) => Math.abs(sample) > 0.1) / rate;
  const { samples, sampleRate } = speech.audio;
  const offset = loudAt(sound.samples, sound.sampleRate) - loudAt(samples, sampleRate);
  assert.ok(Math.abs(offset) < 0.005, `the sound begins ${offset} s later`);
  using input = openInput(inside("thirty.mp4"));
  assert.match(input.format.metadata?.get("comment") ?? "", /^Synthetic media/u);
});

test("a picture of one's own talks, cut out around its face or whole", async () => {
  const avatar = drawAvatar(512).picture;
  // Wider than high, as photos are.
  const wide = { width: 800, height: 512, pixels: new Uint8Array(3 * 800 * 512).fill(180) };
  for (let y = 0; y < 512; y++) {
    wide.pixels.set(avatar.pixels.subarray(3 * 512 * y, 3 * 512 * (y + 1)), 3 * (800 * y + 144));
  }
  writeFileSync(inside("wide.png"), pngOf(wide));
  const short = { samples: speech.audio.samples.slice(0, 6000), sampleRate: 22_050 };
  const own = { image: inside("wide.png"), audio: short, size: 256 };
  const { phonemes: _, ...silent } = request(own);
  const face = await animator.animate(silent, { signal });
  assert.deepEqual([face.width, face.height], [256, 256]);
  const whole = await animator.animate({ ...silent, crop: "whole" }, { signal });
  assert.deepEqual([whole.width, whole.height], [256, 164]);
});

describe("what cannot talk is refused, and leaves no file", () => {
  const grey = (side: number): Picture => ({
    width: side,
    height: side,
    pixels: new Uint8Array(3 * side * side).fill(128),
  });
  /** A PNG of a few bytes that claims to be huge. */
  function bomb(): Buffer {
    const png = pngOf(grey(8));
    png.writeUInt32BE(16_384, 16);
    png.writeUInt32BE(16_384, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    return png;
  }
  const REFUSED: [what: string, image: Buffer, code: string][] = [
    ["a picture without a face", pngOf(grey(200)), "NO_FACE"],
    ["a text file", Buffer.from("hello"), "MEDIA_TYPE_NOT_ALLOWED"],
    ["an empty file", Buffer.alloc(0), "MEDIA_TYPE_NOT_ALLOWED"],
    ["half a PNG", pngOf(grey(200)).subarray(0, 60), "MEDIA_UNREADABLE"],
    ["a picture of 16,384 by 16,384 pixels", bomb(), "MEDIA_TOO_LARGE"],
    ["a playlist", Buffer.from("#EXTM3U\nfile:///etc/passwd\n"), "MEDIA_TYPE_NOT_ALLOWED"],
    ["deflated noise", deflateSync(Buffer.from("noise")), "MEDIA_TYPE_NOT_ALLOWED"],
  ];
  for (const [what, bytes, code] of REFUSED) {
    test(`${what}: ${code}`, async () => {
      const image = inside(`refused-${code}.png`);
      writeFileSync(image, bytes);
      const out = inside("refused.mp4");
      await assert.rejects(animator.animate(request({ image, out }), { signal }), { code });
      assert.ok(!existsSync(out) && !readdirSync(folder).some((file) => file.endsWith(".part")));
    });
  }

  test("sizes, rates and sounds beyond the limits: INVALID_OPTION", async () => {
    const none = { samples: new Float32Array(), sampleRate: 22_050 };
    for (const changes of [
      { fps: 14 },
      { fps: 61 },
      { size: 127 },
      { size: 301 },
      { audio: none },
    ]) {
      await assert.rejects(animator.animate(request(changes), { signal }), {
        code: "INVALID_OPTION",
      });
    }
  });

  test("a video that is cancelled", async () => {
    const stop = new AbortController();
    const out = inside("cancelled.mp4");
    const making = animator.animate(request({ out }), {
      signal: stop.signal,
      onFrame: () => stop.abort(),
    });
    await assert.rejects(making, { code: "CANCELLED" });
    assert.ok(!existsSync(out) && !readdirSync(folder).some((file) => file.endsWith(".part")));
  });
});

test("the command makes a video of a text, and says what is missing", async () => {
  const run = (args: string[]) =>
    vocativeInside(["portrait", ...args], { env: { VIDX_DATA_DIR: inside("data") } });
  const out = inside("command.mp4");
  const made = await run(["--text", "Hi", "--lang", "en", "--size", "128", "--out", out, "--json"]);
  assert.equal(made.code, 0, made.stderr);
  const told = JSON.parse(made.stdout);
  assert.deepEqual([told.file, told.width, told.height, told.fps], [out, 128, 128, 25]);
  assert.match((await run(["--out", out])).stderr, /give either --text or --audio/u);
  assert.match(
    (await run(["--text", "a", "--image", inside("none.png")])).stderr,
    /there is no file/u,
  );
});
