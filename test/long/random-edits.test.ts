import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { Audio } from "../../src/domain/audio.ts";
import { percentile } from "../../src/signal/percentile.ts";
import { seededRandom } from "../../src/signal/seeded-random.ts";
import { libavComplaints } from "../support/libav-log.ts";
import type { Segment } from "../support/made-sound.ts";
import { type MediaRecipe, makeMedia } from "../support/make-media.ts";
import { createStudio, type PersonalisedFile, type Studio } from "../support/personalise.ts";
import { audioPackets, decodeSound, videoPacketHashes } from "../support/read-media.ts";

const RUNS = 24;
/** Of full scale, outside of what was replaced. */
const WORST_ERROR = 0.1;
const USUAL_ERROR = 0.05;

const SOUND: Segment[] = [
  { kind: "silence", seconds: 0.5 },
  { kind: "speech", seconds: 0.9 },
  { kind: "silence", seconds: 0.6 },
  { kind: "speech", seconds: 2.2, levelDb: -14 },
  { kind: "silence", seconds: 0.3 },
  { kind: "speech", seconds: 1.5 },
  { kind: "silence", seconds: 0.9 },
  { kind: "speech", seconds: 2, levelDb: -26 },
  { kind: "silence", seconds: 0.5 },
];
const SECONDS = SOUND.reduce((sum, { seconds }) => sum + seconds, 0);

const aac = (codec: "aac" | "aac-sine" | "aac-fdk", sampleRate: number, channels: 1 | 2) => ({
  audio: { codec, sampleRate, channels },
});
const BASES: { title: string; recipe: Pick<MediaRecipe, "audio">; from: "base" | "encoded" }[] = [
  { title: "stereo AAC at 48 kHz", recipe: aac("aac", 48_000, 2), from: "base" },
  { title: "mono AAC at 44.1 kHz", recipe: aac("aac", 44_100, 1), from: "base" },
  { title: "AAC of another encoder", recipe: aac("aac-fdk", 48_000, 2), from: "base" },
  { title: "sine-window AAC", recipe: aac("aac-sine", 44_100, 1), from: "encoded" },
];

describe("slots and names of any place and length", () => {
  let studio: Studio;
  before(() => {
    studio = createStudio();
  });
  after(() => studio.close());

  for (const [index, { title, recipe, from }] of BASES.entries()) {
    test(`in ${title} every output decodes cleanly, keeps its length and joins what surrounds it`, async () => {
      const random = seededRandom(1 + index);
      const base = makeMedia({
        container: "mp4",
        video: { codec: "h264", bFrames: 2 },
        sound: SOUND,
        ...recipe,
        file: path.join(studio.folder, `base-${index}.mp4`),
      });
      const pictures = videoPacketHashes(base.file);
      const errors: number[] = [];
      let asMeant = 0;
      for (let run = 0; run < RUNS; run++) {
        const start = random() * (SECONDS - 1.2);
        const slotSeconds = 0.25 + 0.9 * random();
        const end = Math.min(SECONDS, start + slotSeconds);
        const slot = `${start.toFixed(3)}-${end.toFixed(3)}`;
        // Without a pause behind it a name of up to 1.3 times the slot fits.
        const seconds = slotSeconds * (0.5 + 0.75 * random());
        const { outputs, records, template } = await studio.personalise({
          base: base.file,
          names: { Name: { seconds, seed: 10 + run, levelDb: -30 + 20 * random() } },
          options: { insertMode: "gold", slot },
        });
        const [output] = outputs;
        assert.ok(output, `slot ${slot}: ${records[0]?.reason}`);
        if (template.audio === from) asMeant++;
        assert.deepEqual(videoPacketHashes(output.file), pictures);
        const complaints = await libavComplaints(() => {
          const [plain, heard] = [decodeSound(template.file), decodeSound(output.file)];
          assert.equal(heard.samples.length, plain.samples.length);
          const error = errorOutside(plain, heard, output);
          assert.ok(error < WORST_ERROR, `slot ${slot}: off by ${error}`);
          errors.push(error);
        });
        assert.deepEqual(complaints, [], `slot ${slot}`);
        assert.equal(audioPackets(output.file).length, audioPackets(template.file).length);
      }
      assert.ok(percentile(errors, 0.9) < USUAL_ERROR, `${percentile(errors, 0.9)}`);
      // Where no joint is in reach the sound is encoded once.
      assert.ok(asMeant >= 0.9 * RUNS, `${asMeant} of ${RUNS} in ${from} packets`);
    });
  }

  for (const sampleRate of [48_000, 22_050]) {
    test(`in MP3 at ${sampleRate} Hz every output decodes cleanly, is as long as planned and goes on as the base does`, async () => {
      const random = seededRandom(sampleRate);
      const base = makeMedia({
        container: "wav",
        video: null,
        audio: { codec: "pcm", sampleRate, channels: 1 },
        sound: SOUND,
        file: path.join(studio.folder, `base-${sampleRate}.wav`),
      });
      for (let run = 0; run < RUNS; run++) {
        const start = random() * (SECONDS - 3);
        const slot = `${start.toFixed(3)}-${(start + 0.25 + 0.9 * random()).toFixed(3)}`;
        const { outputs, records, template } = await studio.personalise({
          base: base.file,
          names: { Name: { seconds: 0.25 + random(), seed: 10 + run } },
          options: { slot },
        });
        const [output] = outputs;
        assert.ok(output, `slot ${slot}: ${records[0]?.reason}`);
        const { cut, fill } = output.edit;
        const complaints = await libavComplaints(() => {
          const [plain, heard] = [decodeSound(template.file), decodeSound(output.file)];
          const longer = fill.length - (cut.end - cut.start);
          assert.equal(heard.samples.length, plain.samples.length + longer);
          const error = errorBehind(plain, heard, output);
          assert.ok(error < WORST_ERROR, `slot ${slot}: off by ${error}`);
        });
        assert.deepEqual(complaints, [], `slot ${slot}`);
      }
    });
  }
});

/** The largest difference from the base behind what was replaced, of full scale. */
function errorBehind(plain: Audio, heard: Audio, { edit }: PersonalisedFile): number {
  const moved = edit.cut.start + edit.fill.length - edit.cut.end;
  let worst = 0;
  for (let i = edit.cut.end; i < plain.samples.length; i++) {
    const difference = (plain.samples[i] ?? 0) - (heard.samples[i + moved] ?? 0);
    worst = Math.max(worst, Math.abs(difference));
  }
  return worst;
}

/** The largest difference from the base before and after what was replaced, of full scale. */
function errorOutside(plain: Audio, heard: Audio, { edit }: PersonalisedFile): number {
  let worst = 0;
  for (const [i, sample] of heard.samples.entries()) {
    if (i >= edit.cut.start && i < edit.cut.end) continue;
    worst = Math.max(worst, Math.abs(sample - (plain.samples[i] ?? 0)));
  }
  return worst;
}
