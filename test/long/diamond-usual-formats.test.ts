import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import {
  AVCHROMA_LOC_CENTER,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
} from "node-av/constants";
import type { Interval } from "../../src/domain/audio.ts";
import type { Yuv420 } from "../../src/face/portrait/planes.ts";
import {
  drawnFrom,
  type FilmRecipe,
  filmPictures,
  pasted,
  relevelled,
  turned,
  writeFilm,
} from "../support/film.ts";
import { type LipSyncedCampaign, lipSyncedCampaign } from "../support/lip-synced.ts";
import {
  assertInStep,
  assertOnlyIn,
  changedPlaces,
  lowerFace,
  newPictures,
  outputOf,
} from "../support/new-pictures.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** Diamond on bases as phones and cameras write them; rarer ones are in test/long. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-diamond-formats-"));
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
  const [, , , fourth] = base.parts;
  assert.ok(fourth);
  sentence = { start: fourth.start + 0.2, end: fourth.end - 0.1 };
});
after(() => rmSync(folder, { recursive: true }));

/** A base of the same sound, and what a campaign makes of it. */
async function campaign(name: string, film: Partial<FilmRecipe>, lipSyncFace?: string) {
  const file = inside(`${name}.mp4`);
  writeFilm({ file, pictures, audio: base.audio, fps: base.fps, ...film });
  const made = await lipSyncedCampaign({
    folder,
    base: file,
    sheet: `name\n${NAME}\n`,
    options: { lipSyncProvider: "mouth", ...(lipSyncFace && { lipSyncFace }) },
  });
  const output = outputOf(made, NAME);
  assert.deepEqual([output.record.state, output.record.warnings], ["done", []]);
  return { file, made, output: output.file };
}

const upright = (made: LipSyncedCampaign, degrees: number) =>
  newPictures(made, NAME).map((pair) => ({
    ...pair,
    made: turned(pair.made, degrees),
    recorded: turned(pair.recorded, degrees),
  }));

test("a phone's upright video lies in its file: faces are found and chosen as players show them", async () => {
  const lying = pictures.map((one) => {
    const above = drawnFrom(one, { width: SIZE, height: 2 * SIZE, from: (x, y) => [x, y] });
    return turned(pasted(above, one, 0, SIZE), 270);
  });
  const film = { pictures: lying, rotation: 90 } as const;
  const { made, file, output } = await campaign("phone", film, "0.5,0.7");
  assert.deepEqual(made.warnings, []);
  const { left, right, top, bottom } = lowerFace(SIZE);
  assertOnlyIn(upright(made, 90), { left, right, top: top + SIZE, bottom: bottom + SIZE });
  assertInStep(file, output, sentence);
});

test("full range and BT.601: the same mouth as in limited range, and no other colour", async () => {
  const clipped = (level: number) => Math.max(0, Math.min(255, Math.round(level)));
  const full = (picture: Yuv420) =>
    relevelled(
      picture,
      (level) => clipped(((level - 16) * 255) / 219),
      (level) => clipped(128 + ((level - 128) * 255) / 224),
    );
  const { made } = await campaign("full-range", {
    pictures: pictures.map(full),
    colour: {
      primaries: AVCOL_PRI_SMPTE170M,
      transfer: AVCOL_TRC_SMPTE170M,
      space: AVCOL_SPC_SMPTE170M,
      range: AVCOL_RANGE_JPEG,
      chromaLocation: AVCHROMA_LOC_CENTER,
    },
  });
  assert.deepEqual(made.warnings, []);
  const pairs = newPictures(made, NAME);
  assertOnlyIn(pairs, lowerFace(SIZE));
  const limited = newPictures((await campaign("limited", {})).made, NAME);
  const same = pairs.map((pair, i) => {
    const other = limited[i];
    assert.ok(other);
    return { ...pair, recorded: full(other.made) };
  });
  assert.deepEqual(changedPlaces(same), []);
  for (const { made: picture, recorded } of pairs) {
    for (const channel of ["u", "v"] as const) {
      const off = picture[channel].reduce((sum, level, i) => {
        return sum + Math.abs(level - (recorded[channel][i] ?? 0));
      }, 0);
      assert.ok(off / picture[channel].length < 0.6, `${channel} is ${off} off`);
    }
  }
});

test("a variable frame rate: every picture outside the slot keeps its time", async () => {
  const times: number[] = [];
  for (let at = 0; at < 2.7; at += [0.02, 0.04, 0.02, 0.08][times.length % 4] ?? 0.04) {
    times.push(at);
  }
  const shown = times.map((time) => pictures[Math.round(time * 25)] ?? pictures.at(-1));
  const { made, file, output } = await campaign("variable", {
    pictures: shown.filter((one) => one !== undefined),
    times,
    bFrames: 2,
    fps: 50,
  });
  assert.deepEqual(made.warnings, []);
  const [stretch] = made.template.stretches;
  assert.ok(stretch);
  const heard = assertInStep(file, output, sentence);
  const after = filmPictures(output).times;
  const outside = times.filter((time) => time < stretch.start - 1e-3 || time > stretch.end - 1e-3);
  for (const time of outside) {
    const wanted = time < stretch.start - 1e-3 ? time : time + heard;
    const nearest = Math.min(...after.map((one) => Math.abs(one - wanted)));
    assert.ok(nearest < 0.002, `the picture at ${time} s is ${nearest} s off`);
  }
  assertOnlyIn(newPictures(made, NAME), lowerFace(SIZE));
});

test("HEVC is converted once, said once, and then like any other base", async () => {
  const { made, file, output } = await campaign("hevc", { codec: "hevc" });
  assert.match(made.warnings.join("\n"), /the hevc picture of hevc\.mp4 was converted to H\.264/u);
  assert.equal(made.template.video, "encoded");
  assertOnlyIn(newPictures(made, NAME), lowerFace(SIZE));
  assertInStep(file, output, sentence);
});
