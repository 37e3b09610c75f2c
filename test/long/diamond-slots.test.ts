import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { CampaignOptions } from "../../src/campaign/campaign-options.ts";
import type { Audio, Interval } from "../../src/domain/audio.ts";
import type { Yuv420 } from "../../src/face/portrait/planes.ts";
import { filmPictures, writeFilm } from "../support/film.ts";
import { type LipSyncedCampaign, lipSyncedCampaign } from "../support/lip-synced.ts";
import {
  assertInStep,
  assertOnlyIn,
  lowerFace,
  newPictures,
  outputOf,
} from "../support/new-pictures.ts";
import { streamDurations } from "../support/read-media.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** Diamond with slots at the borders of a base, or where no pause is: mouth, picture and sound agree. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-diamond-slots-"));
const inside = (file: string) => path.join(folder, file);
const SIZE = 256;
const NAME = "Mariam Babu";
let base: TalkingBase;
let pictures: Yuv420[];
let sentence: Interval;
before(async () => {
  base = await makeTalkingBase({
    file: inside("base.mp4"),
    parts: [0.4, "Rahul", 0.45, "welcome to our school", 0.3],
    height: SIZE,
  });
  ({ pictures } = filmPictures(base.file));
  sentence = base.parts[3] as Interval; // the fourth part
});
after(() => rmSync(folder, { recursive: true }));

const campaign = (file: string, options: Partial<CampaignOptions> = {}) =>
  lipSyncedCampaign({
    folder,
    base: file,
    sheet: `name\n${NAME}\n`,
    options: { lipSyncProvider: "mouth", ...options },
  });

/** The mouth alone is another, and picture and sound end together. */
function assertSaid(made: LipSyncedCampaign) {
  const { record, file } = outputOf(made, NAME);
  assert.deepEqual([record.state, record.warnings, made.warnings], ["done", [], []]);
  const pairs = newPictures(made, NAME);
  assertOnlyIn(pairs, lowerFace(SIZE));
  const { video, audio } = streamDurations(file);
  assert.ok(Math.abs((video ?? 0) - (audio ?? 0)) < 0.1, `picture ${video} s, sound ${audio} s`);
  return { file, pairs, record };
}

const speech = () => ({ start: sentence.start + 0.2, end: sentence.end - 0.1 });

test("a slot at the very beginning", async () => {
  const made = await campaign(base.file, { slot: "0-0.8" });
  const { file, record } = assertSaid(made);
  assert.equal(made.template.stretches[0]?.start, 0);
  assert.ok((record.slot?.start ?? 1) < 0.1, "the name is said at once");
  assertInStep(base.file, file, speech());
});

test("a slot that ends with the base", async () => {
  const end = pictures.length / base.fps;
  const made = await campaign(base.file, {
    slot: `${(sentence.end - 0.5).toFixed(2)}-${end.toFixed(2)}`,
  });
  const { file } = assertSaid(made);
  assertInStep(base.file, file, { start: sentence.start + 0.1, end: sentence.end - 0.7 });
});

test("a name after the last word moves the mouth in pictures that are held beyond the base's end", async () => {
  const made = await campaign(base.file, { namePosition: "end" });
  const { pairs, file } = assertSaid(made);
  const end = pictures.length / base.fps;
  const beyond = pairs.filter(({ time }) => time > end);
  assert.ok(beyond.length > 5, `${beyond.length} pictures beyond the end`);
  assertOnlyIn(beyond, lowerFace(SIZE));
  assert.equal(assertInStep(base.file, file, speech()), 0);
});

test("a slot in the middle of running speech makes what follows later, in step", async () => {
  const [start, end] = [sentence.start + 0.3, sentence.start + 0.6];
  const made = await campaign(base.file, { slot: `${start.toFixed(2)}-${end.toFixed(2)}` });
  const { file } = assertSaid(made);
  const later = assertInStep(base.file, file, { start: end + 0.05, end: sentence.end - 0.05 });
  assert.ok(later > 0.2, `${later} s later`);
});

test("a name that has to fit changes nothing's time", async () => {
  const made = await campaign(base.file, { diamondNaturalName: false });
  const { file } = assertSaid(made);
  assert.equal(assertInStep(base.file, file, speech()), 0);
});

test("a base of one second, with digital silence around the name", async () => {
  const { samples, sampleRate } = base.audio;
  const [from, to] = [base.parts[1]?.start ?? 0, base.parts[1]?.end ?? 0];
  const quiet: Audio = {
    samples: samples
      .slice(0, sampleRate)
      .map((sample, i) => (i >= from * sampleRate && i < to * sampleRate ? sample : 0)),
    sampleRate,
  };
  const file = inside("short.mp4");
  writeFilm({ file, pictures: pictures.slice(0, base.fps), audio: quiet, fps: base.fps });
  const made = await campaign(file, { slot: "0.4-0.83" });
  const { file: output, record } = assertSaid(made);
  const { start, end } = record.slot ?? { start: 0, end: 0 };
  const { audio } = streamDurations(output);
  assert.ok((audio ?? 0) >= end - 0.05 && start < 0.5, `${start}-${end} s of ${audio} s`);
});
