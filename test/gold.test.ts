import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { durationOf } from "../src/domain/audio.ts";
import { FASTEST, SLOWEST } from "../src/timeline/plan-edit.ts";
import { agreement, courseDb, levelDb, onset } from "./support/compare-sound.ts";
import { GREETING } from "./support/greeting.ts";
import type { Segment } from "./support/made-sound.ts";
import { type MadeMedia, type MediaRecipe, makeMedia } from "./support/make-media.ts";
import { createStudio, type PersonalisedFile, type Studio } from "./support/personalise.ts";
import {
  audioPackets,
  decodedFrames,
  decodeFrame,
  decodeSound,
  streamDurations,
  videoPacketHashes,
} from "./support/read-media.ts";

const AAC = { codec: "aac", sampleRate: 48_000, channels: 2 } as const;
const REORDERED = { codec: "h264", bFrames: 3, gop: 12 } as const;

let studio: Studio;
before(() => {
  studio = createStudio();
});
after(() => studio.close());

function makeBase(name: string, recipe: Partial<MediaRecipe>): MadeMedia {
  const container = recipe.container ?? "mp4";
  const file = path.join(studio.folder, `${name}.${container}`);
  return makeMedia({
    container,
    video: REORDERED,
    audio: AAC,
    sound: GREETING,
    ...recipe,
    file,
  });
}

/** What of a clip's course of level may change by stretching and colouring it, dB; at its end, too. */
const COURSE_DB = 7;
const END_DB = 4;

/** The whole clip is heard where the report says, to its very end, and then it is quiet. */
function assertWholeClip({ file, clip, record }: PersonalisedFile): void {
  const heard = decodeSound(file);
  assert.ok(record.slot && record.stretch);
  const { start, end } = record.slot;
  const begins = onset(heard, start - 0.05, -42);
  assert.ok(Math.abs(begins - start) < 0.01, `the name begins at ${begins}, not ${start}`);
  // The last part is 50 ms or less.
  const parts = Math.ceil((end - start) / 0.05);
  const wanted = courseDb(clip, { start: 0, end: durationOf(clip), parts });
  const found = courseDb(heard, { start, end, parts });
  for (const [i, level] of found.entries()) {
    const off = Math.abs(level - (wanted[i] ?? 0));
    const allowed = i === parts - 1 ? END_DB : COURSE_DB;
    assert.ok(off < allowed, `part ${i} of ${parts} is ${off} dB off`);
  }
  const afterwards = levelDb(heard, end + 0.01, end + 0.04);
  assert.ok(afterwards < -50, `${afterwards} dB after the name`);
}

describe("gold at the start", () => {
  // The slot is 0.6 s, the pause after it 0.5 s.
  const NAMES = {
    Al: { seconds: 0.3, seed: 2 },
    Amit: { seconds: 0.6, seed: 3 },
    Priyanka: { seconds: 0.75, seed: 4 },
    Maximilian: { seconds: 1.1, seed: 5 },
    Venkatanarasimharaju: { seconds: 1.9, seed: 6 },
    Hubert: { seconds: 3.2, seed: 8 },
  };

  test("a name is stretched to its slot, then borrows from the pause, then is spoken faster, then fails", async () => {
    const base = makeBase("lengths", {});
    const { outputs, records, slot } = await studio.personalise({
      base: base.file,
      names: NAMES,
      options: { insertMode: "gold" },
    });
    const heldSeconds = slot.end - slot.start;
    const by = new Map(outputs.map((one) => [one.name, one]));
    for (const { record } of outputs) {
      const { stretch, clipSeconds, slot: place } = record;
      assert.ok(stretch && clipSeconds && place);
      assert.ok(stretch > SLOWEST - 0.001 && stretch < FASTEST + 0.001, `stretched by ${stretch}`);
      assert.ok(place.end < slot.room.end, "it reaches into the speech that follows");
      assert.ok(Math.abs(place.end - place.start - clipSeconds) < 1e-9);
    }
    const stretchOf = (name: string) => by.get(name)?.record.stretch ?? Number.NaN;
    assert.ok(Math.abs(stretchOf("Al") - SLOWEST) < 0.01);
    for (const name of ["Amit", "Priyanka"] as const) {
      assert.ok(Math.abs(stretchOf(name) - NAMES[name].seconds / heldSeconds) < 0.02);
      assert.ok(Math.abs((by.get(name)?.record.slot?.end ?? 0) - slot.end) < 0.01);
    }
    assert.ok(Math.abs(stretchOf("Maximilian") - FASTEST) < 0.01);
    assert.ok((by.get("Maximilian")?.record.slot?.end ?? 0) > slot.end + 0.2);
    const faster = by.get("Venkatanarasimharaju")?.record.warnings.join() ?? "none";
    assert.match(faster, /spoken 1\.\d\d times as fast to fit/);
    for (const output of outputs) assertWholeClip(output);

    const failed = records.find(({ name }) => name === "Hubert");
    assert.equal(failed?.state, "failed");
    assert.match(
      failed.reason,
      /^"Hubert" takes \d\.\d\d s to say and the slot with its pause holds 1\.\d\d s: .*(--slot).*(--name-position end)/,
    );
    assert.equal(outputs.length, 5);
  });

  test("a name as long as slot and pause allow leaves the speech that follows alone", async () => {
    const base = makeBase("longest", {});
    const { outputs } = await studio.personalise({
      base: base.file,
      names: { Longest: { seconds: 1.33, seed: 5 } },
      options: { insertMode: "gold" },
    });
    const [output] = outputs;
    assert.ok(output);
    assertWholeClip(output);
    const rest = base.speech[1];
    assert.ok(rest);
    const same = agreement(decodeSound(base.file), decodeSound(output.file), rest);
    assert.deepEqual([same.offset, same.residualDb < -45], [0, true]);
  });

  test("with no pause after it the slot alone is used, and what follows stays", async () => {
    const base = makeBase("no-pause", {
      sound: [
        { kind: "silence", seconds: 0.4 },
        { kind: "speech", seconds: 2.4 },
        { kind: "silence", seconds: 0.4 },
      ],
    });
    const { outputs, slot } = await studio.personalise({
      base: base.file,
      names: { Amit: { seconds: 0.55 } },
      options: { insertMode: "gold", slot: "0.4-0.9" },
    });
    const [output] = outputs;
    assert.ok(output?.record.slot);
    assert.deepEqual([slot.start, slot.end], [0.4, 0.9]);
    assert.ok(output.record.slot.end <= slot.end + 1e-9);
    const following = { start: slot.end, end: 2.8 };
    const same = agreement(decodeSound(base.file), decodeSound(output.file), following);
    assert.deepEqual([same.offset, same.residualDb < -40], [0, true], JSON.stringify(same));
  });

  test("in the midst of speech full of sudden sounds a joint is found, too", async () => {
    const base = makeBase("sudden", {
      audio: { codec: "aac", sampleRate: 44_100, channels: 1 },
      sound: [
        { kind: "silence", seconds: 0.4 },
        { kind: "speech", seconds: 2.6, seed: 6 },
        { kind: "silence", seconds: 0.4 },
      ],
    });
    const { outputs, records, template } = await studio.personalise({
      base: base.file,
      names: { Amit: { seconds: 0.5, seed: 3 } },
      options: { insertMode: "gold", slot: "1.2-1.7" },
    });
    const [output] = outputs;
    assert.ok(output, records[0]?.reason);
    assert.equal(template.audio, "base");
    const heard = decodeSound(output.file);
    for (const stretch of [
      { start: 0.4, end: 1.1 },
      { start: 1.75, end: 3 },
    ]) {
      const same = agreement(decodeSound(base.file), heard, stretch);
      assert.deepEqual([same.offset, same.residualDb < -30], [0, true], JSON.stringify(same));
    }
  });
});

describe("gold at the end", () => {
  const ending = (quiet: number): Segment[] => [
    { kind: "silence", seconds: 0.4 },
    { kind: "speech", seconds: 1.1 },
    { kind: "silence", seconds: quiet },
  ];
  const GUARD_SECONDS = 0.08;
  const NAMES = { Amit: { seconds: 0.55, seed: 3 }, Priyanka: { seconds: 0.9, seed: 9 } };

  type Ending = { title: string; recipe: Partial<MediaRecipe>; audio: "base" | "encoded" };
  const ENDINGS: Ending[] = [
    { title: "without B-frames", recipe: { video: { codec: "h264" } }, audio: "base" },
    { title: "with B-frames and the index at the end", recipe: { moovAtEnd: true }, audio: "base" },
    {
      title: "whose sound begins late",
      recipe: { startDelay: { track: "audio", seconds: 0.3 } },
      audio: "base",
    },
    {
      title: "whose picture begins late",
      recipe: { startDelay: { track: "video", seconds: 0.2 } },
      audio: "base",
    },
    {
      title: "with a variable frame rate",
      recipe: { video: { ...REORDERED, variableFrameRate: true, frameRate: 30 } },
      audio: "base",
    },
    {
      title: "in MOV at 44.1 kHz",
      recipe: { container: "mov", audio: { codec: "aac", sampleRate: 44_100, channels: 1 } },
      audio: "base",
    },
    { title: "in fragments", recipe: { fragmented: true }, audio: "encoded" },
    { title: "in MKV", recipe: { container: "mkv" }, audio: "encoded" },
    {
      title: "with sine-window AAC that begins late",
      recipe: {
        audio: { codec: "aac-sine", sampleRate: 44_100, channels: 1 },
        startDelay: { track: "audio", seconds: 0.3 },
      },
      audio: "encoded",
    },
  ];

  for (const { title, recipe, audio } of ENDINGS) {
    test(`a base ${title} is lengthened by what the name needs, and its last picture held`, async () => {
      const base = makeBase(`short-${title.replaceAll(/\W/g, "-")}`, {
        ...recipe,
        sound: ending(0.3),
      });
      const result = await studio.personalise({
        base: base.file,
        names: NAMES,
        options: { insertMode: "gold", namePosition: "end" },
      });
      assert.equal(result.template.audio, audio);
      assert.equal(result.outputs.length, 2);
      const [spoken] = base.speech;
      assert.ok(spoken);
      for (const output of result.outputs) {
        const { file, record } = output;
        assertWholeClip(output);
        assert.ok(record.slot);
        const pause = record.slot.start - spoken.end;
        assert.ok(Math.abs(pause - GUARD_SECONDS) < 0.01, `${pause} s before the name`);

        const end = record.slot.end + GUARD_SECONDS;
        const lengths = streamDurations(file);
        assert.ok(Math.abs(lengths.container - end) < 0.002, `it lasts ${lengths.container} s`);
        assert.ok(Math.abs((lengths.audio ?? 0) - end) < 0.002, `sound ends at ${lengths.audio}`);
        // What holds the last picture is the length of the packet decoded last.
        assert.ok(end - (lengths.video ?? 0) < 0.1, `the picture ends at ${lengths.video}`);
        const heard = decodeSound(file);
        assert.ok(Math.abs(durationOf(heard) - end) < 1024 / heard.sampleRate);

        assertHeldPicture(base, file, end);
        assertSameBefore(base, file, { audio, until: spoken.end });
      }
    });
  }

  test("a base that is quiet for long enough at its end keeps its length", async () => {
    const base = makeBase("long-quiet", { sound: ending(1.5) });
    const { outputs } = await studio.personalise({
      base: base.file,
      names: NAMES,
      options: { insertMode: "gold", namePosition: "end" },
    });
    assert.equal(outputs.length, 2);
    for (const output of outputs) {
      assertWholeClip(output);
      assert.deepEqual(streamDurations(output.file), streamDurations(base.file));
      const packets = audioPackets(base.file);
      assert.equal(audioPackets(output.file).length, packets.length);
    }
  });

  test("a picture that is longer than the lengthened sound stays as it is", async () => {
    const base = makeBase("long-picture", {
      sound: ending(0.2),
      startDelay: { track: "video", seconds: 1.5 },
    });
    const { outputs } = await studio.personalise({
      base: base.file,
      names: { Amit: { seconds: 0.55 } },
      options: { insertMode: "gold", namePosition: "end" },
    });
    const [output] = outputs;
    assert.ok(output?.record.slot);
    assertWholeClip(output);
    const before = streamDurations(base.file);
    const found = streamDurations(output.file);
    assert.deepEqual([found.container, found.video], [before.container, before.video]);
    assert.ok(Math.abs((found.audio ?? 0) - output.record.slot.end - GUARD_SECONDS) < 0.002);
  });
});

function assertHeldPicture(base: MadeMedia, file: string, end: number): void {
  assert.deepEqual(videoPacketHashes(file), videoPacketHashes(base.file));
  const times = [...decodedFrames(file)].map(({ time }) => time);
  assert.equal(times.length, base.frameTimes.length);
  for (const [i, time] of times.entries()) {
    assert.ok(Math.abs(time - (base.frameTimes[i] ?? Number.NaN)) < 0.0006);
  }
  assert.equal(decodeFrame(file, end - 0.01).number, base.frameTimes.length - 1);
}

/** Sound packets up to a joint's reach before `until` are the base's, and what is heard lies where it lay. */
function assertSameBefore(
  base: MadeMedia,
  file: string,
  { audio, until }: { audio: "base" | "encoded"; until: number },
): void {
  const [spoken] = base.speech;
  assert.ok(spoken);
  const same = agreement(decodeSound(base.file), decodeSound(file), spoken);
  assert.equal(same.offset, 0);
  assert.ok(same.residualDb < -30, `${same.residualDb} dB from the base`);
  if (audio === "encoded") return;
  const before = audioPackets(base.file).filter(({ pts }) => pts < until - 0.25);
  const found = audioPackets(file).slice(0, before.length);
  assert.ok(before.length > 20);
  assert.deepEqual(found, before);
}
