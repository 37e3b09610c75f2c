import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type Audio, durationOf } from "../src/domain/audio.ts";
import { SYNTHETIC_TAGS } from "../src/domain/synthetic-media.ts";
import { readFrame, readHeader } from "../src/media/mp3/frame.ts";
import { clickDb } from "../src/signal/seam.ts";
import { agreement, courseDb, levelDb, onset } from "./support/compare-sound.ts";
import { GREETING } from "./support/greeting.ts";
import { libavComplaints } from "./support/libav-log.ts";
import { type MadeMedia, type MediaRecipe, makeMedia } from "./support/make-media.ts";
import {
  createStudio,
  type Personalised,
  type PersonalisedFile,
  type Studio,
} from "./support/personalise.ts";
import { decodeSound, tagsOf } from "./support/read-media.ts";
import type { SoundTrack } from "./support/sound-encoder.ts";

type Case = {
  title: string;
  recipe: Pick<MediaRecipe, "container" | "video" | "audio"> & Partial<MediaRecipe>;
  /** Of the MP3, Hz. */
  sampleRate: number;
  /** How near the output comes to what the base's encoder was given, dB; −20 when left out. */
  codingDb?: number;
};

const sound = (codec: SoundTrack["codec"], sampleRate: number, channels: 1 | 2 = 2) => ({
  codec,
  sampleRate,
  channels,
});
const file = (container: MediaRecipe["container"], audio: SoundTrack) => ({
  container,
  video: null,
  audio,
});
const PICTURE = { codec: "h264", bFrames: 2 } as const;

const CASES: Case[] = [
  {
    title: "an MP4",
    recipe: { container: "mp4", video: PICTURE, audio: sound("aac", 48_000) },
    sampleRate: 48_000,
  },
  {
    title: "an MP4 whose sound begins late",
    recipe: {
      ...{ container: "mp4", video: PICTURE, audio: sound("aac", 48_000) },
      startDelay: { track: "audio", seconds: 0.3 },
    },
    sampleRate: 48_000,
  },
  { title: "an MP3", recipe: file("mp3", sound("mp3", 44_100)), sampleRate: 44_100, codingDb: -18 },
  { title: "a WAV", recipe: file("wav", sound("pcm", 48_000)), sampleRate: 48_000 },
  { title: "a 24-bit WAV", recipe: file("wav", sound("pcm24", 44_100, 1)), sampleRate: 44_100 },
  {
    title: "an OGG with Opus",
    recipe: file("ogg", sound("opus", 48_000)),
    sampleRate: 48_000,
    codingDb: -11,
  },
  { title: "an OGG with Vorbis", recipe: file("ogg", sound("vorbis", 44_100)), sampleRate: 44_100 },
  { title: "a FLAC", recipe: file("flac", sound("flac", 48_000)), sampleRate: 48_000 },
  { title: "44.1 kHz mono AAC", recipe: file("m4a", sound("aac", 44_100, 1)), sampleRate: 44_100 },
  {
    title: "22.05 kHz, in frames of 576 samples",
    recipe: file("wav", sound("pcm", 22_050, 1)),
    sampleRate: 22_050,
  },
  { title: "16 kHz", recipe: file("wav", sound("pcm", 16_000, 1)), sampleRate: 16_000 },
  {
    title: "a WebM",
    recipe: { container: "webm", video: { codec: "vp9" }, audio: sound("opus", 48_000) },
    sampleRate: 48_000,
    codingDb: -11,
  },
];

const NAMES = { Amit: { seconds: 0.55, seed: 3 }, Priyanka: { seconds: 0.9, seed: 9 } };
const GAP_SECONDS = 0.12;
const SILENCE: Audio = { samples: new Float32Array(), sampleRate: 1 };
/** Samples that an MP3 decoder puts out before the first of the sound. */
const DECODER_START = 1105;

describe("silver", () => {
  let studio: Studio;
  before(() => {
    studio = createStudio();
  });
  after(() => studio.close());

  for (const [index, one] of CASES.entries()) {
    for (const position of ["start", "end"] as const) {
      test(`${one.title}: the name is put in at the ${position}, and the rest moves by whole frames`, async () => {
        const base = makeMedia({
          ...one.recipe,
          file: path.join(studio.folder, `${index}-${position}.${one.recipe.container}`),
          sound: GREETING,
        });
        const result = await studio.personalise({
          base: base.file,
          names: NAMES,
          options: { namePosition: position },
        });
        assert.equal(result.template.sampleRate, one.sampleRate);
        assert.equal(result.outputs.length, 2, JSON.stringify(result.records));
        const heard = result.outputs.map((output) => decodeSound(output.file));
        for (const [i, output] of result.outputs.entries()) {
          const sound = heard[i] ?? SILENCE;
          assertFile(output, result, sound);
          assertName(output, sound);
          assertPlaces(base, sound, { result, output, position });
        }
        assertRest(base, result, { heard, position, codingDb: one.codingDb ?? -20 });
        const complaints = await libavComplaints(() => {
          for (const output of result.outputs) decodeSound(output.file);
        });
        assert.deepEqual(complaints, []);
      });
    }
  }

  for (const sampleRate of [48_000, 44_100, 22_050]) {
    test(`in the midst of speech neither the edit nor a joint of frames clicks, at ${sampleRate} Hz`, async () => {
      const base = makeMedia({
        ...file("wav", sound("pcm", sampleRate, 1)),
        file: path.join(studio.folder, `speech-${sampleRate}.wav`),
        sound: [
          { kind: "silence", seconds: 0.4 },
          { kind: "speech", seconds: 3 },
          { kind: "silence", seconds: 0.3 },
        ],
      });
      const result = await studio.personalise({
        base: base.file,
        names: NAMES,
        options: { slot: "0.4-0.9" },
      });
      assert.equal(result.outputs.length, 2);
      const { template } = result;
      const plain = decodeSound(template.file);
      for (const { file: output, edit, rendition } of result.outputs) {
        const heard = decodeSound(output);
        const shift = plain.samples.length - heard.samples.length;
        const end = edit.cut.start + edit.fill.length - edit.fade / 2;
        assertNoClick(heard, plain, { at: end, shift });

        // Behind the last frame that is the recipient's own the shared ones go on.
        const own = rendition.pieces.findLast((piece) => "bytes" in piece);
        assert.ok(own && "bytes" in own);
        const joint = framesIn(own.bytes) * template.lengthStep - DECODER_START;
        const around = 2 * template.lengthStep;
        assert.ok(joint > end);
        let worst = 0;
        for (let i = joint - around; i < joint + around; i++) {
          const difference = (heard.samples[i] ?? 0) - (plain.samples[i + shift] ?? 0);
          worst = Math.max(worst, Math.abs(difference));
        }
        assert.ok(worst < 0.05, `off by ${worst} at the joint`);
        assertNoClick(heard, plain, { at: joint, shift });
      }
    });
  }
});

/** A voice's own pulses measure as clicks, too: a joint may be as loud as the base at its place. */
function assertNoClick(heard: Audio, base: Audio, joint: { at: number; shift: number }): void {
  const { samples, sampleRate } = heard;
  const found = clickDb(samples, sampleRate, joint.at);
  const own = clickDb(base.samples, sampleRate, joint.at + joint.shift);
  assert.ok(found < Math.max(-3, own + 1), `${found} dB at ${joint.at}, ${own} dB in the base`);
}

function framesIn(bytes: Uint8Array): number {
  let frames = 0;
  for (let at = 0; at < bytes.length; frames++) {
    const header = readHeader(bytes.subarray(at));
    assert.ok(header);
    at += header.sizeBytes;
  }
  return frames;
}

/** It says what it is, the tag in front tells the truth, every frame stands alone, and players hear what was planned. */
function assertFile(
  { file, edit }: PersonalisedFile,
  { template }: Personalised,
  heard: Audio,
): void {
  const whole = readFileSync(file);
  assert.equal(whole.toString("latin1", 0, 3), "ID3");
  const tagBytes = 10 + whole.subarray(6, 10).reduce((sum, seven) => sum * 128 + seven, 0);
  const bytes = whole.subarray(tagBytes);
  const sizes: number[] = [];
  for (let at = 0; at < bytes.length; at += sizes.at(-1) ?? bytes.length) {
    const frame = bytes.subarray(at);
    const header = readHeader(frame);
    assert.ok(header, `no frame at ${at}`);
    assert.equal(header.sampleRate, template.sampleRate);
    assert.equal(readFrame(frame)?.reservoirBytes, 0);
    sizes.push(header.sizeBytes);
  }
  assert.equal(tagsOf(file)["comment"], SYNTHETIC_TAGS.comment);
  const tag = bytes.indexOf("Info");
  assert.ok(tag > 0 && tag < (sizes[0] ?? 0));
  assert.equal(bytes.readUInt32BE(tag + 8), sizes.length - 1);
  assert.equal(bytes.readUInt32BE(tag + 12), bytes.length);

  assert.equal(template.lengthStep, template.sampleRate < 32_000 ? 576 : 1152);
  const longer = edit.fill.length - (edit.cut.end - edit.cut.start);
  assert.equal(Math.abs(longer % template.lengthStep), 0);
  const planned = Math.round(template.duration * template.sampleRate) + longer;
  assert.equal(heard.samples.length, planned);
  const trims = bytes.readUIntBE(tag + 16 + 9 + 12, 3);
  const inFrames = (sizes.length - 1) * template.lengthStep;
  assert.equal(inFrames - (trims >> 12) - (trims & 0xfff), planned);
}

/** At its natural pace, whole, where the report says. */
function assertName({ record, clip }: PersonalisedFile, heard: Audio): void {
  assert.ok(record.slot);
  const { start, end } = record.slot;
  assert.equal(Math.round((record.stretch ?? 0) * 1000), 1000);
  assert.ok(Math.abs(end - start - durationOf(clip)) < 0.001);
  const begins = onset(heard, Math.max(0, start - 0.05), -42);
  assert.ok(Math.abs(begins - start) < 0.01, `the name begins at ${begins}, not ${start}`);
  const parts = Math.ceil((end - start) / 0.05);
  const wanted = courseDb(clip, { start: 0, end: durationOf(clip), parts });
  for (const [i, level] of courseDb(heard, { start, end, parts }).entries()) {
    const off = Math.abs(level - (wanted[i] ?? 0));
    assert.ok(off < 7, `part ${i} of ${parts} is ${off} dB off`);
  }
  const afterwards = levelDb(heard, end + 0.01, end + 0.04);
  assert.ok(afterwards < -50, `${afterwards} dB after the name`);
}

/** The gap is as long as promised, and the rest follows as it follows in the base. */
function assertPlaces(
  base: MadeMedia,
  heard: Audio,
  given: { result: Personalised; output: PersonalisedFile; position: "start" | "end" },
): void {
  const { template, slot } = given.result;
  const { record } = given.output;
  const { sampleRate } = template;
  assert.ok(record.slot);
  const [, rest] = base.speech;
  assert.ok(rest);
  if (given.position === "end") {
    assert.ok(Math.abs(slot.start - rest.end) < 0.01);
    assertGap(record.slot.start - slot.start, sampleRate);
    return;
  }
  const shift = durationOf(heard) - template.duration;
  assertGap(slot.end + shift - record.slot.end, sampleRate);
  assert.ok(record.slot.start < template.lengthStep / sampleRate + 0.02, "there is a lead-in");
  const following = onset(heard, record.slot.end + 0.02, -42);
  assert.ok(Math.abs(following - rest.start - shift) < 0.005, `the rest is at ${following}`);
}

function assertGap(gap: number, sampleRate: number): void {
  assert.ok(Math.abs(gap - GAP_SECONDS) < 2 / sampleRate, `a gap of ${gap} s`);
}

/** All but the name lies where it lay, sample by sample, and is one and the same for all recipients. */
function assertRest(
  base: MadeMedia,
  { template }: Personalised,
  given: { heard: Audio[]; position: "start" | "end"; codingDb: number },
): void {
  const [name, rest] = base.speech;
  const [lead] = GREETING;
  assert.ok(name && rest && lead);
  const baseLength = Math.round(template.duration * template.sampleRate);
  const asInBase = given.heard.map((sound) =>
    movedBy(sound, given.position === "start" ? baseLength - sound.samples.length : 0),
  );
  const put = { samples: base.samples, sampleRate: base.sampleRate };
  const truth = movedBy(put, Math.round((name.start - lead.seconds) * base.sampleRate));
  const [first, second] = asInBase;
  assert.ok(first && second);
  for (const sound of asInBase) {
    const found = agreement(truth, sound, rest);
    assert.equal(found.offset, 0);
    assert.ok(found.residualDb < given.codingDb, `${found.residualDb} dB from what was put in`);
  }
  const same = agreement(first, second, rest);
  assert.deepEqual([same.offset, same.residualDb < -90], [0, true], JSON.stringify(same));
}

/** A sound that begins so many samples later; earlier for a number below zero. */
function movedBy({ samples, sampleRate }: Audio, by: number): Audio {
  if (by <= 0) return { samples: samples.subarray(-by), sampleRate };
  const moved = new Float32Array(by + samples.length);
  moved.set(samples, by);
  return { samples: moved, sampleRate };
}
