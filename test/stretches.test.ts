import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { SYNTHETIC_TAGS } from "../src/domain/synthetic-media.ts";
import type { Template } from "../src/domain/template.ts";
import type { EditableSlot } from "../src/ports/media-engine.ts";
import { addTracks } from "./support/add-tracks.ts";
import { agreement } from "./support/compare-sound.ts";
import { madeSound, type Segment } from "./support/made-sound.ts";
import { type MediaRecipe, makeMedia } from "./support/make-media.ts";
import {
  decodedFrames,
  decodeSound,
  streamDurations,
  tagsOf,
  videoPacketHashes,
} from "./support/read-media.ts";
import {
  compileBase,
  NEW_PICTURES,
  nameIn,
  numberedPictures,
  renderTo,
  slotAt,
} from "./support/render-template.ts";
import { shiftEditList } from "./support/shift-edit-list.ts";

const AAC = { codec: "aac", sampleRate: 48_000, channels: 2 } as const;
const REORDERED = { codec: "h264", bFrames: 3, gop: 12 } as const;
const PACKET = 1024;
/** Speech with pauses, 4.4 s. */
const SOUND: Segment[] = [
  { kind: "speech", seconds: 1 },
  { kind: "silence", seconds: 0.3 },
  { kind: "speech", seconds: 0.6, seed: 5 },
  { kind: "silence", seconds: 0.5 },
  { kind: "speech", seconds: 2, seed: 9 },
];

let folder = "";
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "vocative-stretches-"));
});
after(() => rmSync(folder, { recursive: true }));

let made = 0;
function makeBase(recipe: Partial<MediaRecipe>): string {
  const container = recipe.container ?? "mp4";
  const file = path.join(folder, `base-${++made}.${container}`);
  const video = { ...(recipe.video ?? REORDERED), width: 96, height: 72 };
  return makeMedia({ container, audio: AAC, sound: SOUND, ...recipe, video, file }).file;
}

/** Its own extra tracks: a second voice, and lines of text. */
function withTracks(file: string): string {
  const samples = madeSound([{ kind: "speech", seconds: 4.4, seed: 3 }], {
    sampleRate: 48_000,
    noiseDb: null,
  });
  return addTracks({
    file,
    to: file.replace(".mp4", "-tracks.mp4"),
    container: "mp4",
    extra: [
      { kind: "sound", samples, track: { codec: "aac", sampleRate: 48_000, channels: 1 } },
      { kind: "text", lines: ["one", "two", "three", "four"] },
    ],
  });
}

type Case = {
  title: string;
  base: () => string | Promise<string>;
  slot?: EditableSlot;
  /** Whether the base's own packets stay where they are. */
  video?: "base" | "encoded";
  /** Decoding can begin at its first picture only: all are encoded. */
  oneGroup?: true;
};

const MIDDLE = slotAt(1.3, 1.9);
const CASES: Case[] = [
  { title: "B-frames", base: () => makeBase({}) },
  { title: "no B-frames", base: () => makeBase({ video: { codec: "h264", gop: 25 } }) },
  {
    title: "one key frame",
    base: () => makeBase({ video: { codec: "h264", bFrames: 2 } }),
    oneGroup: true,
  },
  {
    title: "open groups of pictures",
    base: () => makeBase({ video: { ...REORDERED, openGop: true } }),
    oneGroup: true,
  },
  {
    title: "a variable frame rate",
    base: () =>
      makeBase({ video: { codec: "h264", gop: 12, frameRate: 30, variableFrameRate: true } }),
  },
  {
    title: "pictures that last long",
    base: () => makeBase({ video: { codec: "h264", frameDurations: [40, 3] } }),
    oneGroup: true,
  },
  {
    title: "a variable frame rate and B-frames",
    base: () => makeBase({ video: { ...REORDERED, frameRate: 30, variableFrameRate: true } }),
  },
  {
    title: "29.97 pictures a second",
    base: () => makeBase({ video: { ...REORDERED, frameRate: 29.97 } }),
  },
  { title: "turned pictures", base: () => makeBase({ video: { ...REORDERED, rotation: 90 } }) },
  {
    title: "a beginning behind its first pictures",
    base: () => shiftEditList(makeBase({}), 0.24),
  },
  {
    title: "HEVC",
    base: () => makeBase({ video: { codec: "hevc", bFrames: 2 } }),
    video: "encoded",
  },
  {
    title: "10 bits",
    base: () => makeBase({ video: { codec: "h264", pixelFormat: "yuv420p10" } }),
    video: "encoded",
  },
  { title: "fragments", base: () => makeBase({ fragmented: true }) },
  { title: "further tracks", base: () => withTracks(makeBase({})) },
  { title: "a slot at the start", base: () => makeBase({}), slot: slotAt(0, 0.7) },
  { title: "a slot in the last group", base: () => makeBase({}), slot: slotAt(3.9, 4.15) },
];

type Frame = { time: number; number: number; luma: Uint8Array };
const framesOf = (file: string): Frame[] => [...decodedFrames(file)];

function psnr(a: Uint8Array, b: Uint8Array): number {
  const error = a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0) / a.length;
  return error === 0 ? 100 : 10 * Math.log10(255 ** 2 / error);
}

/** How many of two lists' first entries, and of the last ones, are equal. */
function commonEnds(a: string[], b: string[]): { first: number; last: number } {
  const least = Math.min(a.length, b.length);
  let first = 0;
  while (first < least && a[first] === b[first]) first++;
  let last = 0;
  while (last < least - first && a.at(-1 - last) === b.at(-1 - last)) last++;
  return { first, last };
}

/** A tick of 1/90 000 s and what numbers lose. */
const TICK = 2e-4;

for (const [index, each] of CASES.entries()) {
  const { title, base: make, slot = MIDDLE, video = "base", oneGroup } = each;
  describe(`a base with ${title}`, () => {
    let base: string;
    let template: Template;
    before(async () => {
      base = await make();
      const compiled = await compileBase({ base, folder, slots: [slot] });
      template = compiled.template;
      assert.equal(template.video, video, JSON.stringify(compiled.warnings));
    });

    test("keeps every picture at its time, and its own packets outside of the groups around the slot", () => {
      const [stretch] = template.stretches;
      assert.ok(stretch);
      assert.ok(stretch.start <= slot.slot.start + TICK && stretch.end >= slot.slot.end - TICK);
      assert.equal(stretch.cuts.at(-1), stretch.frames);
      const own = framesOf(base);
      const shown = framesOf(template.file);
      for (const frame of own) {
        if (frame.time > stretch.start - TICK && frame.time < stretch.end - TICK) continue;
        const now = shown.find(
          ({ number, time }) => number === frame.number && Math.abs(time - frame.time) < TICK,
        );
        assert.ok(now, `picture ${frame.number} is not shown at ${frame.time}`);
        if (video === "base") {
          assert.ok(
            psnr(now.luma, frame.luma) > 38,
            `picture ${frame.number}: ${psnr(now.luma, frame.luma)} dB`,
          );
        }
      }
      const inside = shown.filter(
        ({ time }) => time > stretch.start - TICK && time < stretch.end - TICK,
      );
      assert.equal(inside.length, stretch.frames);
      const step = (stretch.end - stretch.start) / stretch.frames;
      for (const [i, { time, number }] of inside.entries()) {
        assert.ok(Math.abs(time - stretch.start - i * step) < TICK, `picture ${i} at ${time}`);
        const middle = time + step / 2;
        const wanted = own.findLast((one) => one.time <= middle)?.number;
        assert.ok(
          [0, -1, 1].some((off) => number === (wanted ?? 0) + off),
          `${number}, not ${wanted}`,
        );
      }
      if (video === "encoded") return;
      const hashes = [videoPacketHashes(base), videoPacketHashes(template.file)] as const;
      const { first, last } = commonEnds(...hashes);
      const changed = hashes[0].length - first - last;
      const groups = oneGroup ? own.length : 60;
      assert.ok(changed > 0 && changed <= groups, `${changed} packets differ`);
    });

    test("says a name with its own pictures, and what follows comes as much later as the sound grew", async () => {
      const [stretch] = template.stretches;
      assert.ok(stretch);
      assert.equal(template.lengthStep, PACKET);
      const plain = framesOf(template.file);
      const plainSound = decodeSound(template.file);
      const plainLengths = streamDurations(template.file);
      for (const packets of index === 0 ? [0, 1, 37] : [0, 37]) {
        const grown = (packets * PACKET) / template.sampleRate;
        const rate = stretch.frames / (stretch.end - stretch.start);
        const count =
          packets === 0 ? (stretch.cuts[0] ?? 0) : stretch.frames + Math.round(grown * rate);
        const file = path.join(folder, "out.mp4");
        const pictures = numberedPictures(template, stretch, count);
        await renderTo(file, template, [{ ...nameIn(template, slot, packets * PACKET), pictures }]);
        assert.equal(tagsOf(file)["comment"], SYNTHETIC_TAGS.comment);
        const total = Math.max(count, stretch.frames);
        const step = (stretch.end - stretch.start + grown) / total;
        const wanted: Pick<Frame, "time" | "number">[] = [
          ...plain.filter(({ time }) => time < stretch.start - TICK),
          ...Array.from({ length: total }, (_, i) => ({
            time: stretch.start + i * step,
            number:
              i < count
                ? NEW_PICTURES + i
                : (plain.filter(({ time }) => time > stretch.start - TICK)[i]?.number ?? 0),
          })),
          ...plain
            .filter(({ time }) => time > stretch.end - TICK)
            .map((one) => ({ ...one, time: one.time + grown })),
        ];
        const shown = framesOf(file);
        assert.deepEqual(
          shown.map(({ number }) => number),
          wanted.map(({ number }) => number),
        );
        for (const [i, { time }] of shown.entries()) {
          assert.ok(
            Math.abs(time - (wanted[i]?.time ?? 0)) < TICK,
            `picture ${i} at ${time}, not ${wanted[i]?.time}`,
          );
        }
        const sound = decodeSound(file);
        const later = packets * PACKET;
        const behind = { samples: sound.samples.subarray(later), sampleRate: sound.sampleRate };
        const rest = {
          start: slot.editable.end + 0.15,
          end: Math.min(4.3, slot.editable.end + 1.5),
          reach: 20,
        };
        if (rest.end - rest.start > 0.1) {
          const same = agreement(plainSound, behind, rest);
          assert.deepEqual([same.offset, same.residualDb < -40], [0, true], JSON.stringify(same));
        }
        if (slot.slot.start > 0.5) {
          const begins = agreement(plainSound, sound, {
            start: 0.1,
            end: slot.editable.start - 0.1,
            reach: 20,
          });
          assert.deepEqual(
            [begins.offset, begins.residualDb < -40],
            [0, true],
            JSON.stringify(begins),
          );
        }
        const lengths = streamDurations(file);
        for (const kind of ["container", "video", "audio"] as const) {
          const longer = (lengths[kind] ?? 0) - (plainLengths[kind] ?? 0);
          assert.ok(
            Math.abs(longer - grown) < 0.0021,
            `${kind} is ${longer} s longer, not ${grown}`,
          );
        }
      }
    });
  });
}
