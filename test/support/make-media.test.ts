import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { readAacWindow } from "../../src/media/aac/window.ts";
import { fromDb, toDb } from "../../src/signal/decibels.ts";
import { createSilenceDetector } from "../../src/signal/silence.ts";
import { rms } from "../../src/signal/test-signals.ts";
import type { Segment } from "./made-sound.ts";
import { type MediaRecipe, makeMedia } from "./make-media.ts";
import {
  audioPackets,
  decodedFrameCount,
  decodedFrames,
  decodeFrame,
  decodeSound,
  describeMedia,
  streamDurations,
  videoPacketHashes,
} from "./read-media.ts";
import type { SoundTrack } from "./sound-encoder.ts";

const folder = mkdtempSync(path.join(tmpdir(), "vocative-media-"));
after(() => rmSync(folder, { recursive: true }));

const SOUND: Segment[] = [
  { kind: "silence", seconds: 0.4 },
  { kind: "speech", seconds: 0.6 },
  { kind: "silence", seconds: 0.5 },
  { kind: "speech", seconds: 0.7 },
];
const AAC: SoundTrack = { codec: "aac", sampleRate: 48_000, channels: 2 };

function make(recipe: Omit<MediaRecipe, "file" | "sound">, name = "made") {
  const file = path.join(folder, `${name}.${recipe.container}`);
  return makeMedia({ file, sound: SOUND, ...recipe });
}

type Combination = Pick<MediaRecipe, "container" | "video" | "audio"> & { codecs: string };

const stereo = (codec: SoundTrack["codec"], sampleRate = 48_000): SoundTrack => ({
  codec,
  sampleRate,
  channels: 2,
});
const COMBINATIONS: Combination[] = [
  { container: "mp4", video: { codec: "h264", bFrames: 2 }, audio: AAC, codecs: "h264 aac" },
  {
    container: "mp4",
    video: { codec: "h264", bFrames: 3, variableFrameRate: true, frameRate: 30 },
    audio: { codec: "aac-sine", sampleRate: 44_100, channels: 1 },
    codecs: "h264 aac",
  },
  {
    container: "mp4",
    video: { codec: "hevc", bFrames: 2, pixelFormat: "yuv420p10" },
    audio: stereo("aac-sine"),
    codecs: "hevc aac",
  },
  {
    container: "mp4",
    video: { codec: "mpeg4", bFrames: 1, frameRate: 29.97 },
    audio: stereo("he-aac", 44_100),
    codecs: "mpeg4 aac",
  },
  { container: "mov", video: { codec: "h264" }, audio: stereo("pcm"), codecs: "h264 pcm_s16le" },
  { container: "mkv", video: { codec: "hevc" }, audio: stereo("flac"), codecs: "hevc flac" },
  { container: "webm", video: { codec: "vp9" }, audio: stereo("opus"), codecs: "vp9 opus" },
  { container: "avi", video: { codec: "mpeg4" }, audio: stereo("mp3"), codecs: "mpeg4 mp3" },
  { container: "ts", video: { codec: "h264", bFrames: 2 }, audio: AAC, codecs: "h264 aac" },
  { container: "mp3", video: null, audio: stereo("mp3", 44_100), codecs: "none mp3" },
  { container: "m4a", video: null, audio: stereo("alac"), codecs: "none alac" },
  { container: "wav", video: null, audio: stereo("pcm24"), codecs: "none pcm_s24le" },
  { container: "ogg", video: null, audio: stereo("vorbis"), codecs: "none vorbis" },
  { container: "mp4", video: { codec: "h264" }, audio: null, codecs: "h264 none" },
];

describe("made media", () => {
  for (const { codecs, ...recipe } of COMBINATIONS) {
    const details = JSON.stringify(recipe.video);
    test(`${recipe.container} with ${codecs} decodes to what was put in ${details}`, () => {
      const { file, frameTimes, speech } = make(recipe);
      const { video, audio } = describeMedia(file);
      assert.equal(`${video?.codec ?? "none"} ${audio?.codec ?? "none"}`, codecs);
      if (recipe.video) {
        const frames = [...decodedFrames(file)];
        assert.equal(frames.length, frameTimes.length);
        for (const [i, { number, time }] of frames.entries()) {
          assert.equal(number, i);
          assert.ok(Math.abs(time - (frameTimes[i] ?? 0)) < 0.002, `frame ${i} is at ${time}`);
        }
      }
      if (recipe.audio) {
        const { samples, sampleRate } = decodeSound(file);
        assert.equal(sampleRate, recipe.audio.sampleRate);
        assertSpeech(samples, sampleRate, speech);
      }
    });
  }

  test("the index is in front, behind, or in pieces, as asked for", () => {
    const video = { codec: "h264", bFrames: 2, gop: 12 } as const;
    const order = (recipe: Partial<MediaRecipe>) => {
      const { file } = make({ container: "mp4", video, audio: AAC, ...recipe }, "order");
      assert.equal(decodedFrameCount(file), 55);
      return boxesOf(readFileSync(file)).filter((type) => type !== "free");
    };
    assert.deepEqual(order({}), ["ftyp", "moov", "mdat"]);
    assert.deepEqual(order({ moovAtEnd: true }), ["ftyp", "mdat", "moov"]);
    const pieces = order({ fragmented: true });
    assert.ok(pieces.filter((type) => type === "moof").length >= 4, pieces.join());
  });

  test("a delayed track begins later than the other", () => {
    const video = { codec: "h264", bFrames: 2 } as const;
    const late = { track: "audio", seconds: 0.3 } as const;
    const { file, speech } = make({ container: "mp4", video, audio: AAC, startDelay: late });
    assert.equal(speech[0]?.start, 0.7);
    const { samples, sampleRate } = decodeSound(file);
    assertSpeech(samples, sampleRate, speech);
    assert.equal(decodeFrame(file, 0).number, 0);

    const picture = { track: "video", seconds: 0.2 } as const;
    const other = make({ container: "mp4", video, audio: AAC, startDelay: picture });
    assert.equal(decodeFrame(other.file, 1.21).number, 25);
    const spans = streamDurations(other.file);
    assert.ok(
      Math.abs((spans.video ?? 0) - 2.4) < 0.001 && Math.abs((spans.audio ?? 0) - 2.2) < 0.001,
    );
  });

  test("the two families of AAC differ in the shape of their long windows", () => {
    const shapes = (codec: SoundTrack["codec"], channels: 1 | 2) => {
      const audio = { codec, sampleRate: 44_100, channels } as const;
      const { file } = make({ container: "m4a", video: null, audio });
      const windows = audioPackets(file).map(({ data }) => readAacWindow(data));
      const long = windows.filter((window) => window?.sequence === 0);
      assert.ok(long.length > windows.length / 2);
      return new Set(long.map((window) => window?.shape));
    };
    assert.deepEqual(shapes("aac", 2), new Set([1]));
    assert.deepEqual(shapes("aac-sine", 1), new Set([0]));
    assert.deepEqual(shapes("aac-sine", 2), new Set([0]));
  });

  test("equal recipes give equal packets, other pictures other ones", () => {
    const video = { codec: "h264", bFrames: 2 } as const;
    const first = make({ container: "mp4", video, audio: AAC }, "first").file;
    const second = make({ container: "mkv", video, audio: AAC }, "second").file;
    assert.equal(new Set(videoPacketHashes(first)).size, 55);
    assert.deepEqual(
      audioPackets(first).map(({ data }) => data),
      audioPackets(second).map(({ data }) => data),
    );
    const again = make({ container: "mp4", video, audio: AAC }, "again").file;
    assert.deepEqual(videoPacketHashes(again), videoPacketHashes(first));
  });

  test("pauses are digitally silent when no noise is asked for", () => {
    const { file, speech } = make({
      container: "wav",
      video: null,
      audio: stereo("pcm"),
      noiseDb: null,
    });
    const { samples, sampleRate } = decodeSound(file);
    const pause = samples.subarray(
      (speech[0]?.end ?? 0) * sampleRate,
      (speech[1]?.start ?? 0) * sampleRate,
    );
    assert.ok(pause.length > 0.4 * sampleRate && pause.every((sample) => sample === 0));
  });
});

/** Borders within 12 ms by silence detection, speech near −20 dB, pauses far below. */
function assertSpeech(
  samples: Float32Array,
  sampleRate: number,
  speech: { start: number; end: number }[],
): void {
  const detector = createSilenceDetector({
    sampleRate,
    channels: 1,
    thresholdDb: -30,
    minSilenceSeconds: 0.3,
  });
  detector.push([samples]);
  const [before, between] = detector.finish();
  const [first, second] = speech;
  if (!first || !second) throw new Error("the recipe has two stretches of speech");
  for (const [found, wanted] of [
    [before?.end, first.start],
    [between?.start, first.end],
    [between?.end, second.start],
  ] as const) {
    assert.ok(Math.abs((found ?? Number.NaN) - wanted) < 0.012, `${found} instead of ${wanted}`);
  }
  const level = (start: number, end: number) =>
    toDb(rms(samples.subarray(start * sampleRate, end * sampleRate)));
  assert.ok(Math.abs(level(second.start, second.end) + 20) < 1.5);
  assert.ok(level(first.end + 0.1, second.start - 0.1) < -55);
  assert.ok(samples.every((sample) => Math.abs(sample) < fromDb(-1)));
}

/** Types of the boxes of the top level. */
function boxesOf(bytes: Buffer): string[] {
  const types: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32BE(at)) {
    types.push(bytes.toString("latin1", at + 4, at + 8));
  }
  return types;
}
