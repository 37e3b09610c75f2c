import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { pngOf } from "../scripts/write-png.ts";
import { durationOf } from "../src/domain/audio.ts";
import type { Face, Picture } from "../src/domain/face.ts";
import { drawAvatar } from "../src/face/avatar/draw-avatar.ts";
import { createFaceFinder } from "../src/face/landmarks/face-finder.ts";
import { squarePatch } from "../src/face/landmarks/square-patch.ts";
import { createPlanes } from "../src/face/portrait/planes.ts";
import { createPortrait, REST_MOUTH, REST_POSE } from "../src/face/portrait/portrait.ts";
import { fitFace } from "../src/face/talking/fit-face.ts";
import { createPortraitAnimator } from "../src/face/talking/portrait-animator.ts";
import { createMouthTrack } from "../src/face/visemes/mouth-track.ts";
import { openInput } from "../src/media/libav/input.ts";
import { readStillPicture } from "../src/media/still-picture.ts";
import type { Speech } from "../src/ports/speech-model.ts";
import { seededRandom } from "../src/signal/seeded-random.ts";
import { correlation } from "../src/signal/testing/correlation.ts";
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

function pictureOf({ width, height, luma }: Omit<ReadFrame, "time" | "number">): Picture {
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

/** Portraits that the repository can make: pictures of faces, their landmarks unknown. */
const PORTRAITS: Record<string, () => string | null> = {
  "the avatar": () => null,
  "a dark picture of a tilted head": () =>
    pictureFile("tilted.png", {
      angle: 0.16,
      colour: (level, c) => level * ([0.5, 0.42, 0.46][c] ?? 0),
    }),
  "a pale grey picture with grain": () =>
    pictureFile("grain.png", {
      angle: -0.08,
      colour: (level, _, grain) => 90 + 0.6 * level + 12 * grain,
    }),
};

/** The avatar turned in its picture and painted over, as a file. */
function pictureFile(
  name: string,
  {
    angle,
    colour,
  }: { angle: number; colour: (level: number, channel: number, grain: number) => number },
): string {
  const [size, random] = [480, seededRandom(5)];
  const { picture } = drawAvatar(512);
  const square = { x: 256, y: 256, side: 500, angle };
  const turned = squarePatch(picture, { square, size, outside: "nearest" });
  const grey = name.startsWith("grain");
  const pixels = new Uint8Array(turned.length);
  for (let at = 0; at < turned.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = turned.subarray(at, at + 3);
    const mean = 0.3 * red + 0.6 * green + 0.1 * blue;
    const grain = 2 * random() - 1;
    for (const [c, level] of [red, green, blue].entries()) {
      pixels[at + c] = Math.min(255, colour(grey ? mean : level, c, grain));
    }
  }
  writeFileSync(inside(name), pngOf({ width: size, height: size, pixels }));
  return inside(name);
}

for (const [what, image] of Object.entries(PORTRAITS)) {
  test(`${what}: the mouth, measured in the finished video, follows what is said, to the frame`, async (t) => {
    const video = await animator.animate(request({ image: image() }), { signal });
    assert.equal(video.frames, Math.ceil(durationOf(speech.audio) * 25));
    const found: Face[] = [];
    let first: ReadFrame | undefined;
    let edge = 0;
    for (const frame of decodedFrames(inside("talking.mp4"))) {
      first ??= { ...frame, luma: frame.luma.slice() };
      edge = Math.max(edge, edgeChange(frame, first));
      const [face] = await faces.find(pictureOf(frame), { signal });
      assert.ok(face && face.score > 0.9, `a face at ${frame.time} s`);
      found.push(face);
    }
    assert.equal(found.length, video.frames);
    assert.ok(edge < 2, `the picture's edges change by ${edge} levels`);
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
    const pressed = meant.flatMap(({ press }, i) => (press > 0.9 ? [i] : []));
    assert.ok(pressed.length >= 7, "m, b, b, p, p, m and b");
    for (const i of pressed) {
      assert.ok((seen[i] ?? 1) <= closed + 0.05, `lips closed at frame ${i}`);
    }
  });

  test(`${what}: a blink closes the eyes`, async (t) => {
    const file = image();
    const open = file === null ? drawAvatar(384) : await fittedFace(file);
    const portrait = createPortrait({ source: open.picture, landmarks: open.landmarks });
    const frame = createPlanes(portrait.width, portrait.height);
    const eyes: number[] = [];
    for (const blink of [0, 1]) {
      portrait.render(REST_MOUTH, { ...REST_POSE, blink }, frame);
      const shown = pictureOf({ ...frame, luma: frame.y });
      const [face] = await faces.find(shown, { signal });
      eyes.push(eyesOf(face ?? assert.fail("the face is gone")));
    }
    const share = (eyes[1] ?? 1) / (eyes[0] ?? 1);
    t.diagnostic(`opening of the eyes in a blink: ${share.toFixed(2)} of that before`);
    assert.ok(share <= 0.75);
  });
}

/** A picture's face as its video shows it. */
async function fittedFace(file: string) {
  const picture = await readStillPicture(file, { maxSide: 2048 });
  const [face] = await faces.find(picture, { signal });
  const { landmarks } = face ?? assert.fail("there is no face");
  return fitFace(picture, landmarks, { size: 384, crop: "face" });
}

/** How much the outermost pixels of a frame differ from another's, levels. */
function edgeChange({ luma, width, height }: ReadFrame, other: ReadFrame): number {
  let [sum, count] = [0, 0];
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (Math.min(x, y, width - 1 - x, height - 1 - y) >= 12) continue;
    sum += Math.abs((luma[at] ?? 0) - (other.luma[at] ?? 0));
    count++;
  }
  return sum / count;
}

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

describe("what cannot be made is refused, and leaves no file", () => {
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
  assert.match(
    (await run(["--text", "Hi", "--face", "2,0", "--out", out])).stderr,
    /from 0,0 to 1,1/u,
  );
  assert.match((await run(["--out", out])).stderr, /give either --text or --audio/u);
  assert.match(
    (await run(["--text", "a", "--image", inside("none.png")])).stderr,
    /there is no file/u,
  );
});
