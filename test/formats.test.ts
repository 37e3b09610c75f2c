import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { ownBytes } from "../src/domain/rendition.ts";
import { codecName, openInput } from "../src/media/libav/input.ts";
import { probe } from "../src/media/probe.ts";
import { agreement, onset } from "./support/compare-sound.ts";
import { GREETING } from "./support/greeting.ts";
import { libavComplaints } from "./support/libav-log.ts";
import { type MadeMedia, type MediaRecipe, makeMedia } from "./support/make-media.ts";
import { pictureUnits } from "./support/nal-units.ts";
import { createStudio, type Personalised, type Studio } from "./support/personalise.ts";
import {
  audioPackets,
  decodedFrames,
  decodeSound,
  type ReadPacket,
  streamDurations,
  videoPacketHashes,
  videoPackets,
} from "./support/read-media.ts";
import type { SoundTrack } from "./support/sound-encoder.ts";

type Recipe = Pick<MediaRecipe, "container" | "video" | "audio"> & Partial<MediaRecipe>;

type Case = {
  title: string;
  recipe: Recipe;
  keepVideo?: boolean;
  /** Whose sound packets the outputs have. */
  audio: "base" | "encoded";
  /** What of the base's picture is in the outputs bit for bit; of `frames` only what they show. */
  picture: "packets" | "units" | "frames";
  /** How near a decoder comes to what the base's encoder was given, dB; −24 when left out. */
  codingDb?: number;
};

const sound = (codec: SoundTrack["codec"], sampleRate = 48_000, channels: 1 | 2 = 2) => ({
  codec,
  sampleRate,
  channels,
});
const AAC = sound("aac");
const PLAIN = { codec: "h264" } as const;
const REORDERED = { codec: "h264", bFrames: 2, gop: 12 } as const;
const VARIABLE = { ...REORDERED, variableFrameRate: true, frameRate: 30 } as const;
const audioLate = { track: "audio", seconds: 0.3 } as const;
const videoLate = { track: "video", seconds: 0.2 } as const;

const own = (title: string, recipe: Partial<MediaRecipe>): Case => ({
  title,
  recipe: { container: "mp4", video: REORDERED, audio: AAC, ...recipe },
  audio: "base",
  picture: "packets",
});
const encoded = (title: string, recipe: Partial<MediaRecipe>): Case => ({
  ...own(title, recipe),
  audio: "encoded",
});
const kept = (one: Case): Case => ({ ...one, title: `${one.title}, kept`, keepVideo: true });
const converted = (one: Case): Case => ({
  ...one,
  title: `${one.title}, converted`,
  audio: "encoded",
  picture: "frames",
});

const hevc = own("MP4 with HEVC", { video: { codec: "hevc", bFrames: 2 } });
const tenBit = own("MP4 with 10-bit H.264", { video: { ...REORDERED, pixelFormat: "yuv420p10" } });
const fourTwoTwo = own("MP4 with 4:2:2 H.264", { video: { ...PLAIN, pixelFormat: "yuv422p" } });
const vp9 = {
  ...encoded("WebM with VP9 and Opus", {
    container: "webm",
    video: { codec: "vp9" },
    audio: sound("opus"),
  }),
  codingDb: -12,
};
const avi = encoded("AVI with MPEG-4 and MP3", {
  container: "avi",
  video: { codec: "mpeg4" },
  audio: sound("mp3"),
});
const mpeg4 = own("MP4 with MPEG-4 part 2", {
  video: { codec: "mpeg4", bFrames: 1, frameRate: 29.97 },
});

const CASES: Case[] = [
  own("MP4 with H.264 and AAC", { video: PLAIN }),
  own("MP4 with B-frames", {}),
  own("MP4 with its index at the end", { moovAtEnd: true }),
  own("MP4 turned by 90°", { video: { ...PLAIN, rotation: 90 } }),
  own("MP4 with a variable frame rate", { video: VARIABLE }),
  own("MP4 whose sound begins late", { startDelay: audioLate }),
  own("MP4 whose picture begins late", { startDelay: videoLate }),
  own("MP4 with 44.1 kHz mono sound", { audio: sound("aac", 44_100, 1) }),
  own("MP4 with 22.05 kHz mono sound", { audio: sound("aac", 22_050, 1) }),
  own("MP4 with AAC of another encoder", { audio: sound("aac-fdk") }),
  own("MOV with AAC, turned by 270°", {
    container: "mov",
    video: { ...REORDERED, rotation: 270 },
    audio: sound("aac", 44_100),
  }),
  encoded("MP4 in fragments", { fragmented: true }),
  encoded("MP4 with sine-window AAC", { audio: sound("aac-sine", 44_100, 1) }),
  encoded("MP4 with sine-window AAC that begins late", {
    audio: sound("aac-sine", 44_100, 1),
    startDelay: audioLate,
  }),
  encoded("MP4 with HE-AAC", { audio: sound("he-aac", 44_100) }),
  encoded("MP4 with MP3 sound", { audio: sound("mp3", 44_100) }),
  encoded("MP4 with AC-3 sound", { audio: sound("ac3") }),
  encoded("MOV with PCM", { container: "mov", audio: sound("pcm") }),
  encoded("MOV with ALAC, turned by 90°", {
    container: "mov",
    video: { ...PLAIN, rotation: 90 },
    audio: sound("alac"),
  }),
  encoded("MKV with B-frames", { container: "mkv" }),
  encoded("MKV with a variable frame rate and FLAC", {
    container: "mkv",
    video: VARIABLE,
    audio: sound("flac"),
  }),
  encoded("MKV whose sound begins late", { container: "mkv", startDelay: audioLate }),
  encoded("MKV whose picture begins late", { container: "mkv", startDelay: videoLate }),
  { ...encoded("TS with B-frames", { container: "ts" }), picture: "units" },
  kept(hevc),
  converted(hevc),
  kept(tenBit),
  converted(tenBit),
  kept(fourTwoTwo),
  converted(fourTwoTwo),
  kept(vp9),
  converted(vp9),
  kept(avi),
  converted(avi),
  converted(mpeg4),
  converted({ ...hevc, title: "MKV with HEVC", recipe: { ...hevc.recipe, container: "mkv" } }),
  converted({
    ...avi,
    title: "AVI with MPEG-4 B-frames",
    recipe: { ...avi.recipe, video: { codec: "mpeg4", bFrames: 2 } },
  }),
  converted({
    ...avi,
    title: "AVI with H.264 B-frames, which it cannot time",
    recipe: { ...avi.recipe, video: REORDERED },
  }),
];

const NAMES = { Amit: { seconds: 0.55, seed: 3 }, Priyanka: { seconds: 0.7, seed: 9 } };
/** Sound may differ this much before and after what is replaced: joints, and room tone to the next. */
const JOINT_SECONDS = 0.25;
const MOST_OWN_BYTES = 40_000;

describe("gold on bases of every kind", () => {
  let studio: Studio;
  before(() => {
    studio = createStudio();
  });
  after(() => studio.close());

  for (const [index, one] of CASES.entries()) {
    test(`${one.title}: only the name differs, at its time`, async () => {
      const { recipe, keepVideo = false, codingDb = -24 } = one;
      const file = path.join(studio.folder, `base-${index}.${recipe.container}`);
      const made = makeMedia({ ...recipe, file, sound: GREETING });
      const result = await studio.personalise({
        base: file,
        names: NAMES,
        options: { insertMode: "gold", keepVideo },
      });
      assert.equal(result.template.audio, one.audio);
      assert.equal(result.template.video, one.picture === "frames" ? "encoded" : "base");
      const [first, second] = result.outputs;
      assert.ok(first && second, JSON.stringify(result.records));

      assertPicture(one, made, [first.file, second.file]);
      assertLength(made, recipe, first.file);
      assertPackets(one, made, result);
      for (const { file: output, rendition } of [first, second]) {
        assert.ok(ownBytes(rendition) < MOST_OWN_BYTES, `${ownBytes(rendition)} bytes of its own`);
        assertSound(made, output, { codingDb, audio: one.audio });
      }
      const complaints = await libavComplaints(() => {
        for (const _ of decodedFrames(first.file));
        decodeSound(first.file);
      });
      assert.deepEqual(complaints, []);
    });
  }
});

/** The same picture at the same time, turned the same way. */
function assertPicture({ picture, recipe }: Case, made: MadeMedia, outputs: string[]): void {
  for (const output of outputs) {
    const info = probe(output).video;
    assert.equal(info?.rotation, recipe.video?.rotation ?? 0);
    if (picture === "packets") {
      assert.deepEqual(videoPacketHashes(output), videoPacketHashes(made.file));
    } else if (picture === "units") {
      const units = (file: string, format: "lengths" | "start codes") =>
        videoPackets(file).map(({ data }) => pictureUnits(data, format));
      assert.deepEqual(units(output, "lengths"), units(made.file, "start codes"));
    }
    const frames = [...decodedFrames(output)];
    assert.equal(frames.length, made.frameTimes.length);
    for (const [i, { number, time }] of frames.entries()) {
      assert.equal(number, i);
      const wanted = made.frameTimes[i] ?? Number.NaN;
      // Matroska counts in milliseconds.
      assert.ok(Math.abs(time - wanted) < 0.0006, `frame ${i} is at ${time}, not ${wanted}`);
    }
  }
  using input = openInput(outputs[0] ?? "");
  if (picture === "frames") assert.equal(input.video && codecName(input.video), "h264");
}

function assertLength(
  { samples, sampleRate, speech, frameTimes }: MadeMedia,
  recipe: Recipe,
  output: string,
): void {
  const [before] = GREETING;
  const soundStart = (speech[0]?.start ?? 0) - (before?.seconds ?? 0);
  const frame = 1 / (recipe.video?.frameRate ?? 25);
  const picture = (frameTimes.at(-1) ?? 0) + frame;
  const heard = soundStart + samples.length / sampleRate;
  const { container, video, audio } = streamDurations(output);
  assert.ok(Math.abs(container - Math.max(picture, heard)) < frame, `it lasts ${container} s`);
  assert.ok(Math.abs((audio ?? 0) - heard) < frame, `the sound lasts ${audio} s`);
  assert.ok(Math.abs((video ?? 0) - picture) < 4 * frame, `the picture lasts ${video} s`);
}

/** Between two recipients, and from the base where its packets are kept, only those of the slot differ. */
function assertPackets(one: Case, made: MadeMedia, { outputs, slot }: Personalised): void {
  const [first = [], second = []] = outputs.map(({ file }) => audioPackets(file));
  const pairs = [{ name: "recipients", a: first, b: second }];
  if (one.audio === "base") {
    pairs.push({ name: "base and output", a: audioPackets(made.file), b: first });
  }
  for (const { name, a, b } of pairs) {
    const differing = differingPackets(a, b);
    const [from, to] = [differing[0] ?? -1, differing.at(-1) ?? -1];
    const detail = `${name} differ in packets ${from} to ${to} of ${a.length}`;
    assert.ok(differing.length > 5, detail);
    assert.ok((a[from]?.pts ?? 0) > slot.start - JOINT_SECONDS, detail);
    assert.ok((a[to]?.pts ?? 9) < slot.end + JOINT_SECONDS, detail);
  }
}

function differingPackets(a: ReadPacket[], b: ReadPacket[]): number[] {
  assert.equal(a.length, b.length);
  assert.deepEqual(
    a.map(({ pts, duration }) => [pts, duration]),
    b.map(({ pts, duration }) => [pts, duration]),
  );
  return a.flatMap(({ data }, i) => (data.equals(b[i]?.data ?? Buffer.alloc(0)) ? [] : [i]));
}

function assertSound(
  made: MadeMedia,
  output: string,
  { codingDb, audio }: { codingDb: number; audio: Case["audio"] },
): void {
  const heard = decodeSound(output);
  const [name, rest] = made.speech;
  assert.ok(name && rest);
  const begins = onset(heard, name.start - 0.1, -45);
  assert.ok(
    Math.abs(begins - name.start) < 0.01,
    `the name begins at ${begins}, not ${name.start}`,
  );

  // What was put in lies where it was, whatever the base's own timestamps made of it …
  const [before] = GREETING;
  const start = Math.round((name.start - (before?.seconds ?? 0)) * made.sampleRate);
  const truth = new Float32Array(start + made.samples.length);
  truth.set(made.samples, start);
  const put = agreement({ samples: truth, sampleRate: made.sampleRate }, heard, rest);
  assert.equal(put.offset, 0);
  assert.ok(put.residualDb < codingDb, `${put.residualDb} dB from what was put in`);
  // … and is what is heard of the base.
  const base = decodeSound(made.file);
  const same = agreement(base, heard, rest);
  assert.equal(same.offset, 0);
  assert.ok(
    same.residualDb < (audio === "base" ? -45 : -34),
    `${same.residualDb} dB from the base`,
  );
  assert.ok(agreement(base, heard, name).residualDb > -2, "the old name is still there");
}
