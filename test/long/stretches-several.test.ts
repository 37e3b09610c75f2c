import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { Template } from "../../src/domain/template.ts";
import type { EditableSlot, SlotEdit } from "../../src/ports/media-engine.ts";
import { seededRandom } from "../../src/signal/seeded-random.ts";
import { addTracks } from "../support/add-tracks.ts";
import { agreement } from "../support/compare-sound.ts";
import { madeSound } from "../support/made-sound.ts";
import { makeMedia, type PictureTrack } from "../support/make-media.ts";
import {
  decodedFrames,
  decodeSound,
  streamDurations,
  videoPacketHashes,
} from "../support/read-media.ts";
import {
  compileBase,
  NEW_PICTURES,
  nameIn,
  numberedPictures,
  renderTo,
  slotAt,
} from "../support/render-template.ts";
import { keyFrames, trackSamples } from "../support/track-samples.ts";

const AAC = { codec: "aac", sampleRate: 48_000, channels: 1 } as const;
const PACKET = 1024;
const SECONDS = 8;
/** A tick of 1/90 000 s and what numbers lose. */
const TICK = 2e-4;

let folder = "";
let made = 0;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "vocative-several-"));
});
after(() => rmSync(folder, { recursive: true }));

function makeBase(video: PictureTrack = { codec: "h264", bFrames: 2, gop: 25 }): string {
  const file = path.join(folder, `base-${++made}.mp4`);
  const sound = [{ kind: "speech", seconds: SECONDS, seed: 4 } as const];
  return makeMedia({ file, container: "mp4", video, audio: AAC, sound }).file;
}

type Change = { packets: number; pictures: number | null };

/** Every picture and all the sound between the slots is where it has to be after `changes`. */
async function assertRendered(
  template: Template,
  slots: readonly EditableSlot[],
  changes: readonly Change[],
): Promise<string> {
  const file = path.join(folder, `out-${++made}.mp4`);
  const edits = slots.map((slot, i): SlotEdit => {
    const [{ packets = 0, pictures = null } = {}, stretch] = [changes[i], template.stretches[i]];
    const name = nameIn(template, slot, packets * PACKET);
    if (pictures === null || !stretch) return name;
    return { ...name, pictures: numberedPictures(template, stretch, pictures) };
  });
  const { heard } = await renderTo(file, template, edits);
  assert.equal(heard?.length, slots.length);

  const plain = [...decodedFrames(template.file)];
  const wanted: { time: number; number: number }[] = [];
  let [grown, from] = [0, Number.NEGATIVE_INFINITY];
  const keepUntil = (time: number): void => {
    for (const one of plain) {
      if (one.time > from - TICK && one.time < time - TICK) {
        wanted.push({ time: one.time + grown, number: one.number });
      }
    }
  };
  for (const [i, { packets, pictures }] of changes.entries()) {
    const stretch = template.stretches[i];
    assert.ok(stretch);
    keepUntil(stretch.start);
    const longer = (packets * PACKET) / template.sampleRate;
    const own = plain.filter(({ time }) => time > stretch.start - TICK);
    const count = Math.max(stretch.frames, pictures ?? 0);
    const step = (stretch.end - stretch.start + longer) / count;
    for (let k = 0; k < count; k++) {
      const number = k < (pictures ?? 0) ? NEW_PICTURES + k : (own[k]?.number ?? 0);
      wanted.push({ time: stretch.start + grown + k * step, number });
    }
    grown += longer;
    from = stretch.end;
  }
  keepUntil(Number.POSITIVE_INFINITY);
  const shown = [...decodedFrames(file)];
  assert.deepEqual(
    shown.map(({ number }) => number),
    wanted.map(({ number }) => number),
  );
  for (const [i, { time }] of shown.entries()) {
    const off = Math.abs(time - (wanted[i]?.time ?? 0));
    assert.ok(off < TICK, `picture ${i} at ${time}, not ${wanted[i]?.time}`);
  }

  const { told, found } = await keyFrames(file);
  assert.deepEqual(told, found);
  const [plainSound, sound] = [decodeSound(template.file), decodeSound(file)];
  let later = 0;
  for (const [i, { packets }] of changes.entries()) {
    later += packets * PACKET;
    const start = (slots[i]?.editable.end ?? 0) + 0.3;
    const end = Math.min(start + 0.4, (slots[i + 1]?.editable.start ?? SECONDS) - 0.3);
    if (end - start < 0.1) continue;
    const behind = { samples: sound.samples.subarray(later), sampleRate: sound.sampleRate };
    const same = agreement(plainSound, behind, { start, end, reach: 20 });
    assert.deepEqual([same.offset, same.residualDb < -40], [0, true], JSON.stringify(same));
  }
  assert.equal(sound.samples.length, plainSound.samples.length + later);
  const [before, now] = [streamDurations(template.file), streamDurations(file)];
  for (const kind of ["container", "video", "audio"] as const) {
    const longer = (now[kind] ?? 0) - (before[kind] ?? 0);
    assert.ok(Math.abs(longer - grown) < 0.0021, `${kind} is ${longer} s longer, not ${grown}`);
  }
  return file;
}

describe("several slots", () => {
  const SLOTS = [slotAt(0.9, 1.4), slotAt(2.6, 3.2), slotAt(3.9, 4.3), slotAt(6.5, 7)];
  let template: Template;
  let base: string;
  before(async () => {
    const voice = madeSound([{ kind: "speech", seconds: SECONDS, seed: 3 }], {
      sampleRate: 48_000,
      noiseDb: null,
    });
    base = addTracks({
      file: makeBase(),
      to: path.join(folder, "tracks.mp4"),
      container: "mp4",
      extra: [
        { kind: "sound", samples: voice, track: { codec: "aac", sampleRate: 48_000, channels: 1 } },
        { kind: "text", lines: ["one", "two", "three", "four", "five", "six", "seven"] },
      ],
    });
    template = (await compileBase({ base, folder, slots: SLOTS })).template;
  });

  test("each with its own name and pictures, no longer than they were", async () => {
    const changes = template.stretches.map((stretch) => ({
      packets: 0,
      pictures: stretch?.cuts[0] ?? 0,
    }));
    await assertRendered(template, SLOTS, changes);
  });

  test("each longer by itself, with more pictures, or with its own held", async () => {
    const frames = template.stretches.map((stretch) => stretch?.frames ?? 0);
    const file = await assertRendered(template, SLOTS, [
      { packets: 11, pictures: (frames[0] ?? 0) + 6 },
      { packets: 23, pictures: null },
      { packets: 0, pictures: null },
      { packets: 40, pictures: (frames[3] ?? 0) + 21 },
    ]);
    // The other tracks wait at each slot for as long.
    const grown = (ticks: number) => (74 * PACKET * ticks) / 48_000;
    const [own, now] = [await trackSamples(base), await trackSamples(file)];
    for (const [i, { handler, timescale, times }] of own.entries()) {
      if (handler !== "soun" || i === 1) continue;
      const last = (now[i]?.times.at(-1) ?? 0) - (times.at(-1) ?? 0);
      assert.ok(Math.abs(last - grown(timescale)) <= 1, `track ${i} ends ${last} ticks later`);
      const early = times.filter((time) => time < 0.8 * timescale);
      assert.deepEqual(now[i]?.times.slice(0, early.length), early);
    }
  });

  test("own bytes are those of the new packets and pictures, not of the index", async () => {
    const plain = SLOTS.map((slot) => nameIn(template, slot));
    const longer = SLOTS.map((slot) => nameIn(template, slot, 4 * PACKET));
    const render = (edits: SlotEdit[]) => renderTo(path.join(folder, "size.mp4"), template, edits);
    const [same, grown] = [await render(plain), await render(longer)];
    const packets = grown.own - same.own;
    assert.ok(packets < 4 * 4 * 700 + 2500, `${packets} bytes more for 16 packets more`);
    assert.equal(same.rendition.size, grown.rendition.size);
  });

  test("a slot may not be longer than four seconds, nor by half a packet, nor shorter", async () => {
    const render = (longer: number) =>
      renderTo(
        path.join(folder, "refused.mp4"),
        template,
        SLOTS.map((slot, i) => nameIn(template, slot, i === 1 ? longer : 0)),
      );
    await assert.rejects(render(PACKET * 188), { code: "NAME_TOO_LONG", message: /at most 4 s/ });
    await assert.rejects(render(PACKET / 2), { code: "SLOT_INVALID" });
    await assert.rejects(render(-PACKET), { code: "SLOT_INVALID" });
  });

  test("pictures that end where none may follow, or are too large, are refused", async () => {
    const [stretch] = template.stretches;
    assert.ok(stretch);
    const render = (pictures: Uint8Array[]) =>
      renderTo(path.join(folder, "refused.mp4"), template, [
        ...SLOTS.slice(0, 1).map((slot) => ({ ...nameIn(template, slot), pictures })),
        ...SLOTS.slice(1).map((slot) => nameIn(template, slot)),
      ]);
    const pictures = numberedPictures(template, stretch, stretch.frames);
    await assert.rejects(render(pictures.slice(0, 1)), { code: "RENDER_FAILED", message: /after/ });
    const large = pictures.map((bytes, i) => (i === 1 ? Buffer.alloc(stretch.maxBytes, 1) : bytes));
    await assert.rejects(render(large), { code: "RENDER_FAILED", message: /at most/ });
  });
});

test("slots too near to each other are refused, and both are named", async () => {
  const slots = [slotAt(1, 1.5), slotAt(1.6, 2)];
  await assert.rejects(compileBase({ base: makeBase(), folder, slots }), {
    code: "SLOT_INVALID",
    message: /slots 1 and 2 \(at 1\.00 s and 1\.60 s\)/,
  });
});

test("a picture that is to be kept is converted all the same where parts of it are wanted anew", async () => {
  const slots = [slotAt(1, 1.5)];
  const base = makeBase({ codec: "hevc" });
  const kept = await compileBase({ base, folder, slots, video: "keep" });
  assert.equal(kept.template.video, "encoded");
  const warning = kept.warnings.find(({ code }) => code === "VIDEO_CONVERTED");
  assert.match(warning?.message ?? "", /hevc picture .* made anew in H\.264/);
});

test("a slot without pictures leaves all of them as they are, and cannot be longer", async () => {
  const slots = [slotAt(1, 1.5, { pictures: null })];
  const base = makeBase();
  const { template } = await compileBase({ base, folder, slots });
  assert.deepEqual([template.stretches, template.lengthStep], [[null], 0]);
  assert.deepEqual(videoPacketHashes(template.file), videoPacketHashes(base));
});

test("slots in one group of pictures share what is encoded", async () => {
  const slots = [slotAt(1, 1.3), slotAt(2.1, 2.4)];
  const base = makeBase({ codec: "h264", bFrames: 2, gop: 300 });
  const { template } = await compileBase({ base, folder, slots });
  const [first, second] = template.stretches;
  await assertRendered(template, slots, [
    { packets: 3, pictures: first?.frames ?? 0 },
    { packets: 5, pictures: (second?.frames ?? 0) + 2 },
  ]);
});

test("a slot at the end gets pictures beyond the base's end", async () => {
  const slot = {
    slot: { start: 7.2, end: 7.2 },
    editable: { start: 7.2, end: SECONDS, growable: true },
    pictures: { start: 7.2, end: SECONDS },
  };
  const { template } = await compileBase({ base: makeBase(), folder, slots: [slot] });
  assert.equal(template.lengthStep, 1);
  const [stretch] = template.stretches;
  assert.ok(stretch && Math.abs(stretch.end - SECONDS) < TICK);
  const { edit, clip } = nameIn(template, { ...slot, slot: { start: 7.3, end: SECONDS } }, 50_001);
  const pictures = numberedPictures(template, stretch, stretch.frames + 25);
  const file = path.join(folder, "end.mp4");
  const { rendition } = await renderTo(file, template, [{ edit, clip, pictures }]);
  assert.notEqual(rendition.size, template.sizeBytes);
  const shown = [...decodedFrames(file)];
  const end = SECONDS + 50_001 / 48_000;
  const added = shown.filter(({ number }) => number >= NEW_PICTURES);
  assert.equal(added.length, stretch.frames + 25);
  const step = (end - stretch.start) / added.length;
  for (const [i, { time }] of added.entries()) {
    assert.ok(Math.abs(time - stretch.start - i * step) < 0.001, `picture ${i} at ${time}`);
  }
  const lengths = streamDurations(file);
  for (const kind of ["container", "video", "audio"] as const) {
    assert.ok(Math.abs((lengths[kind] ?? 0) - end) < 0.002, `${kind} lasts ${lengths[kind]}`);
  }
  // Without new ones the last stretch is held.
  await renderTo(file, template, [{ edit, clip }]);
  assert.ok(Math.abs((streamDurations(file).video ?? 0) - end) < 0.002);
});

test("any slots of any bases can be rendered with any changes", async () => {
  const random = seededRandom(11);
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  for (let round = 0; round < 8; round++) {
    const video: PictureTrack = {
      codec: "h264",
      bFrames: whole(0, 3),
      gop: whole(5, 90),
      frameRate: [24, 25, 29.97, 50][whole(0, 3)] ?? 25,
      variableFrameRate: whole(0, 3) === 0,
      width: 64,
      height: 48,
    };
    const slots: EditableSlot[] = [];
    for (let at = 0.3 + random(); at < SECONDS - 1.6; at += 1.2 + 2 * random()) {
      slots.push(slotAt(at, at + 0.2 + 0.3 * random()));
    }
    const { template } = await compileBase({ base: makeBase(video), folder, slots });
    for (let name = 0; name < 3; name++) {
      const changes = template.stretches.map((stretch): Change => {
        const { frames = 0, cuts = [] } = stretch ?? {};
        const packets = whole(0, 1) * whole(0, 60);
        const more = Math.round(packets / 2);
        const choices = [null, cuts[whole(0, cuts.length - 1)] ?? 0, frames + more];
        return { packets, pictures: choices[whole(0, 2)] ?? null };
      });
      await assertRendered(template, slots, changes);
    }
  }
});
