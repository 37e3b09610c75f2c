import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Interval } from "../../src/domain/audio.ts";
import { createPlanes, type Yuv420 } from "../../src/face/portrait/planes.ts";
import {
  drawnFrom,
  type FilmRecipe,
  filmPictures,
  pasted,
  turned,
  writeFilm,
} from "../support/film.ts";
import { lipSyncedCampaign } from "../support/lip-synced.ts";
import {
  assertInStep,
  assertOnlyIn,
  lowerFace,
  newPictures,
  newPicturesOfSlots,
  outputOf,
} from "../support/new-pictures.ts";
import { canSeeProcesses, descendantsOf } from "../support/process-tree.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** Diamond on bases of rarer kinds, and platinum with as many places as are possible. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-diamond-rare-"));
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
  sentence = sentenceOf(base);
});
after(() => rmSync(folder, { recursive: true }));

function sentenceOf({ parts }: TalkingBase): Interval {
  const [, , , fourth] = parts;
  assert.ok(fourth);
  return { start: fourth.start + 0.2, end: fourth.end - 0.1 };
}

async function campaignOn(file: string) {
  const made = await lipSyncedCampaign({
    folder,
    base: file,
    sheet: `name\n${NAME}\n`,
    options: { lipSyncProvider: "mouth" },
  });
  const output = outputOf(made, NAME);
  assert.deepEqual([output.record.state, output.record.warnings], ["done", []]);
  return { file, made, output: output.file };
}

function campaign(name: string, film: Partial<FilmRecipe>) {
  const file = inside(`${name}.mp4`);
  writeFilm({ file, pictures, audio: base.audio, fps: base.fps, ...film });
  return campaignOn(file);
}

for (const codec of ["h264", "hevc"] as const) {
  test(`10-bit ${codec} is converted once, said once, and then like any other base`, async () => {
    const { made, output } = await campaign(`ten-${codec}`, { tenBit: true, codec });
    assert.match(made.warnings.join("\n"), new RegExp(`the ${codec} picture of .* converted`, "u"));
    assertOnlyIn(newPictures(made, NAME), lowerFace(SIZE));
    assertInStep(base.file, output, sentence);
  });
}

test("an odd size loses its last row and column, and the mouth is where it was", async () => {
  const odd = pictures.map((one) =>
    drawnFrom(one, { width: 641, height: 359, from: (x, y) => [x - 200, y - 50] }),
  );
  const { made, file, output } = await campaign("odd", { pictures: odd, codec: "vp9" });
  assert.match(made.warnings.join("\n"), /the vp9 picture of odd\.mp4 was converted/u);
  const [stretch] = made.template.stretches;
  assert.deepEqual([stretch?.width, stretch?.height], [640, 358]);
  const { left, right, top, bottom } = lowerFace(SIZE);
  assertOnlyIn(newPictures(made, NAME), {
    ...{ left: left + 200, right: right + 200 },
    ...{ top: top + 50, bottom: bottom + 50 },
  });
  assert.ok(file !== output);
});

for (const rotation of [180, 270] as const) {
  test(`a video that players turn by ${rotation}° has its face found upright`, async () => {
    const lying = pictures.map((one) => turned(one, 360 - rotation));
    const { made, file, output } = await campaign(`turned-${rotation}`, {
      pictures: lying,
      rotation,
    });
    const upright = newPictures(made, NAME).map((pair) => ({
      ...pair,
      made: turned(pair.made, rotation),
      recorded: turned(pair.recorded, rotation),
    }));
    assertOnlyIn(upright, lowerFace(SIZE));
    assertInStep(file, output, sentence);
  });
}

for (const fps of [15, 60]) {
  test(`${fps} pictures a second`, async () => {
    const other = await makeTalkingBase({
      file: inside(`fps-${fps}.mp4`),
      parts: [0.4, "Rahul", 0.45, "welcome to our school", 0.3],
      height: SIZE,
      fps,
    });
    const { made, file, output } = await campaignOn(other.file);
    assert.deepEqual(made.warnings, []);
    assertOnlyIn(newPictures(made, NAME), lowerFace(SIZE));
    assertInStep(file, output, sentenceOf(other));
  });
}

/** Memory of the process that makes the pictures, bytes; 0 while there is none. */
function memoryOfWorker(): number {
  const workers = descendantsOf(process.pid).filter(({ command }) =>
    /lip-sync-worker/u.test(command),
  );
  return Math.max(0, ...workers.map(({ bytes }) => bytes));
}

test("4K: memory stays within bounds, and the time is told", async (t) => {
  const large = await makeTalkingBase({
    file: inside("large.mp4"),
    parts: [0.3, "Rahul", 0.45, "welcome to our school", 0.3],
    height: 720,
  });
  const wide = createPlanes(3840, 2160);
  wide.y.fill(90);
  const file = inside("4k.mp4");
  writeFilm({
    file,
    pictures: filmPictures(large.file)
      .pictures.values()
      .map((one) => pasted(wide, one, 1600, 900)),
    audio: large.audio,
    fps: large.fps,
  });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, memoryOfWorker());
  }, 100);
  const started = performance.now();
  try {
    const { made } = await campaignOn(file);
    const count = made.outputs.get(NAME)?.request.edits[0]?.pictures?.length ?? 0;
    assert.ok(count > 20);
    assert.deepEqual(made.warnings, []);
  } finally {
    clearInterval(watch);
  }
  const seconds = (performance.now() - started) / 1000;
  t.diagnostic(`${(peak / 2 ** 20).toFixed(0)} MB, ${seconds.toFixed(1)} s`);
  if (canSeeProcesses) assert.ok(peak > 0 && peak < 1800 * 2 ** 20, `${peak} bytes`);
});

test("platinum: eight places, each with the speaker's mouth", async () => {
  const towns = ["Delhi", "Mumbai", "Rahul", "Chennai", "Madurai", "Lucknow", "Kanpur", "Jaipur"];
  const said = towns.map((_, i) => `we are happy to see you again number ${i + 1}`);
  const eight = await makeTalkingBase({
    file: inside("eight.mp4"),
    parts: [0.4, ...towns.flatMap((town, i) => [town, 0.3, said[i] ?? "", 0.35])],
    height: 192,
  });
  const made = await lipSyncedCampaign({
    folder,
    base: eight.file,
    sheet: "name\nTimbuktu\n",
    options: {
      insertMode: "platinum",
      lipSyncProvider: "mouth",
      platinumPlaceholders: towns.map((town) => `${town}={name}`).join(","),
      transcript: towns.map((town, i) => `${town} ${said[i]}`).join(" "),
    },
  });
  assert.deepEqual([made.warnings, made.records.map(({ state }) => state)], [[], ["done"]]);
  const slots = newPicturesOfSlots(made, "Timbuktu");
  assert.equal(slots.length, towns.length);
  for (const pairs of slots) assertOnlyIn(pairs, lowerFace(192));
});
