import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { CampaignOptions } from "../src/campaign/campaign-options.ts";
import type { Audio } from "../src/domain/audio.ts";
import type { Edit } from "../src/domain/edit.ts";
import { toDb } from "../src/signal/decibels.ts";
import { frameLevels } from "../src/signal/frame-levels.ts";
import { percentile } from "../src/signal/percentile.ts";
import { clickDb, loudnessDifference, noiseFloorDifference } from "../src/signal/seam.ts";
import { addTracks } from "./support/add-tracks.ts";
import { GREETING } from "./support/greeting.ts";
import { madeSound, type Segment } from "./support/made-sound.ts";
import { type MediaRecipe, makeMedia } from "./support/make-media.ts";
import { createStudio, type PersonalisedFile, type Studio } from "./support/personalise.ts";
import { decodeSound } from "./support/read-media.ts";

/** The bars of a seam that nobody hears. */
const CLICK_DB = -3;
const LOUDNESS_LU = 1;
const FLOOR_DB = 3;
/**
 * In plain room tone the measure compares noise with itself: the highest of the 3 ms at the joint with
 * the 99th percentile of 300 ms. That is about 1 dB by nature, and more for one joint in a few.
 */
const TONE_CLICK_DB = 3;
/** A click is measured against what is this near, seconds. */
const NEAR_SECONDS = 0.15;
/** Speech counts where its changes from sample to sample stand out of the room's by this much. */
const STANDS_OUT_DB = 8;
const USUAL_SHARE = 0.99;

const AAC = { codec: "aac", sampleRate: 48_000, channels: 2 } as const;
const SINE = { codec: "aac-sine", sampleRate: 44_100, channels: 1 } as const;
const PCM = { codec: "pcm", sampleRate: 44_100, channels: 1 } as const;
const PICTURE = { codec: "h264", bFrames: 2 } as const;

type Recipe = Pick<MediaRecipe, "audio"> & Partial<MediaRecipe>;
type Case = { title: string; recipe: Recipe; options: Partial<CampaignOptions> };

const ENDING: Segment[] = [
  { kind: "silence", seconds: 0.4 },
  { kind: "speech", seconds: 0.9 },
  { kind: "silence", seconds: 0.4 },
  { kind: "speech", seconds: 0.9 },
  { kind: "silence", seconds: 1.6 },
];
const GOLD = { insertMode: "gold" } as const;
const CASES: Case[] = [
  { title: "gold in the base's own packets", recipe: { audio: AAC }, options: GOLD },
  { title: "gold in sound encoded once", recipe: { audio: SINE }, options: GOLD },
  {
    title: "gold in sound that begins late",
    recipe: { audio: AAC, startDelay: { track: "audio", seconds: 0.3 } },
    options: GOLD,
  },
  {
    title: "gold at the end, in the base's own packets",
    recipe: { audio: AAC, sound: ENDING },
    options: { ...GOLD, namePosition: "end" },
  },
  {
    title: "gold at the end, in sound encoded once",
    recipe: { audio: SINE, sound: ENDING },
    options: { ...GOLD, namePosition: "end" },
  },
  {
    title: "silver at the start",
    recipe: { container: "wav", video: null, audio: PCM },
    options: {},
  },
  {
    title: "silver at the end",
    recipe: { container: "wav", video: null, audio: PCM, sound: ENDING },
    options: { namePosition: "end" },
  },
];

/** Voices of their own, some louder and some softer than the speaker. */
const NAMES = {
  Amit: { seconds: 0.55, seed: 3 },
  Priya: { seconds: 0.5, seed: 21, levelDb: -27 },
  Maximilian: { seconds: 0.75, seed: 34, levelDb: -12 },
  Ng: { seconds: 0.32, seed: 45 },
};

describe("seams, measured on what is heard", () => {
  let studio: Studio;
  before(() => {
    studio = createStudio();
  });
  after(() => studio.close());

  for (const [index, { title, recipe, options }] of CASES.entries()) {
    for (const noiseDb of [-65, null]) {
      const room = noiseDb === null ? "digital silence" : `noise at ${noiseDb} dB`;
      test(`${title}, over ${room}: no click, the speaker's loudness, the room's noise`, async () => {
        const base = makeMedia({
          container: "mp4",
          video: PICTURE,
          sound: GREETING,
          ...recipe,
          noiseDb,
          file: path.join(studio.folder, `${index}-${noiseDb}.${recipe.container ?? "mp4"}`),
        });
        const { outputs, records } = await studio.personalise({
          base: base.file,
          names: NAMES,
          options,
        });
        assert.equal(outputs.length, Object.keys(NAMES).length, JSON.stringify(records));
        const soundStart = (base.speech[0]?.start ?? 0) - (GREETING[0]?.seconds ?? 0);
        for (const output of outputs) {
          assertSeams(output, decodeSound(output.file), soundStart);
        }
      });
    }
  }

  for (const { title, options } of CASES.filter(({ recipe }) => recipe.audio === AAC)) {
    test(`${title}, over a room that hums: no click where one hum passes into another`, async () => {
      const plain = makeMedia({
        container: "mp4",
        video: PICTURE,
        audio: null,
        sound: ENDING,
        file: path.join(studio.folder, "silent.mp4"),
      });
      const base = addTracks({
        file: plain.file,
        to: path.join(studio.folder, "humming.mp4"),
        container: "mp4",
        extra: [{ kind: "sound", samples: withHum(ENDING, AAC.sampleRate), track: AAC }],
      });
      const { outputs, records } = await studio.personalise({ base, names: NAMES, options });
      assert.equal(outputs.length, Object.keys(NAMES).length, JSON.stringify(records));
      for (const { file, edit, name } of outputs) {
        const { samples, sampleRate } = decodeSound(file);
        for (const joint of jointsOf(edit, samples.length)) {
          const click = clickDb(samples, sampleRate, joint);
          assert.ok(click <= TONE_CLICK_DB, `${name}: ${click} dB at ${joint / sampleRate} s`);
        }
      }
    });
  }
});

/** A recording over the hum of the mains, 50 Hz and softer at 100 Hz, and hardly any noise. */
function withHum(sound: Segment[], sampleRate: number): Float32Array {
  return madeSound(sound, { sampleRate, noiseDb: -80 }).map((sample, i) => {
    const phase = (2 * Math.PI * 50 * i) / sampleRate;
    return sample + 0.01 * Math.sin(phase) + 0.004 * Math.sin(2 * phase);
  });
}

function assertSeams(
  { name, edit, record }: PersonalisedFile,
  heard: Audio,
  soundStart: number,
): void {
  const { samples, sampleRate } = heard;
  const fill = { start: edit.cut.start, end: edit.cut.start + edit.fill.length };
  const later = (from: number, seconds: number) => Math.round(from + seconds * sampleRate);

  // Both the lead-in and what the name leaves of the pause behind it are the base's own quiet.
  const quiet = fill.start > 0 ? soundStart * sampleRate : fill.end;
  const room = usualChangeDb(samples.subarray(later(quiet, 0.05), later(quiet, 0.3)));
  for (const joint of jointsOf(edit, samples.length)) {
    const near = samples.subarray(
      Math.max(0, later(joint, -NEAR_SECONDS)),
      later(joint, NEAR_SECONDS),
    );
    const bar = usualChangeDb(near) > room + STANDS_OUT_DB ? CLICK_DB : TONE_CLICK_DB;
    const click = clickDb(samples, sampleRate, joint);
    assert.ok(click <= bar, `${name}: ${click} dB at ${joint / sampleRate} s, ${bar} is allowed`);
  }

  assert.ok(record.slot);
  const { start, end } = record.slot;
  const spoken = frameLevels(samples.subarray(later(0, start), later(0, end)), sampleRate);
  // A track that begins late has no room before that.
  const before = samples.subarray(later(0, soundStart + 0.05), fill.start);
  const rest = new Float32Array(before.length + Math.max(0, samples.length - fill.end));
  rest.set(before);
  rest.set(samples.subarray(fill.end), before.length);
  const others = frameLevels(rest, sampleRate);
  const loudness = loudnessDifference(spoken, others);
  assert.ok(loudness <= LOUDNESS_LU, `${name}: ${loudness} LU from the speaker`);

  const inside = frameLevels(samples.subarray(fill.start, fill.end), sampleRate);
  const floor = noiseFloorDifference(inside, others);
  assert.ok(floor <= FLOOR_DB, `${name}: the room differs by ${floor} dB`);
}

/**
 * Beginning, middle and end of both cross-fades; where the file begins or ends with the fill nothing
 * is joined.
 */
function jointsOf({ cut, fill, fade }: Edit, length: number): number[] {
  const end = cut.start + fill.length;
  const fades: number[] = [];
  if (cut.start > 0) fades.push(cut.start);
  if (end + fade < length) fades.push(end - fade);
  return fades.flatMap((from) => [from, Math.round(from + fade / 2), from + fade]);
}

/** The 99th percentile of the second difference, which a click is measured against, dB. */
function usualChangeDb(samples: Float32Array): number {
  const changes = samples
    .subarray(2)
    .map((sample, i) => Math.abs(sample - 2 * (samples[i + 1] ?? 0) + (samples[i] ?? 0)));
  return toDb(percentile(changes, USUAL_SHARE));
}
