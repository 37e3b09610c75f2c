import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Yuv420 } from "../../src/face/portrait/planes.ts";
import { drawnFrom, drawnOver, filmPictures, writeFilm } from "../support/film.ts";
import { lipSyncedCampaign } from "../support/lip-synced.ts";
import { changedPlaces, newPictures } from "../support/new-pictures.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** Diamond with two faces in the picture: whose mouth moves, and whose does not. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-diamond-two-"));
const inside = (file: string) => path.join(folder, file);
const SIZE = 256;
let base: TalkingBase;
let pictures: Yuv420[];
before(async () => {
  base = await makeTalkingBase({
    file: inside("base.mp4"),
    parts: [0.4, "Rahul", 0.45, "welcome to our school", 0.3],
    height: SIZE,
  });
  ({ pictures } = filmPictures(base.file));
});
after(() => rmSync(folder, { recursive: true }));

/** A base of other pictures with the same sound. */
function filmed(name: string, each: (picture: Yuv420, index: number) => Yuv420): string {
  const file = inside(`${name}.mp4`);
  writeFilm({ file, pictures: pictures.map(each), audio: base.audio, fps: base.fps });
  return file;
}

const campaign = (file: string, lipSyncFace?: string) =>
  lipSyncedCampaign({
    folder,
    base: file,
    sheet: "name\nMariam Babu\n",
    options: { lipSyncProvider: "mouth", ...(lipSyncFace && { lipSyncFace }) },
  });

test("of two faces the larger one speaks, or the one at the place that was given: never both", async () => {
  const file = filmed("two", (one) => {
    const wide = drawnFrom(one, { width: 2 * SIZE, height: SIZE, from: (x, y) => [x, y] });
    return drawnOver(wide, one, (x, y) => [(x - 270) * 1.2, (y - 20) * 1.2]);
  });
  const isLeft = ({ x }: { x: number }) => x < SIZE;
  const larger = await campaign(file);
  const places = changedPlaces(newPictures(larger, "Mariam Babu"));
  assert.ok(places.length > 0 && places.every(isLeft), JSON.stringify(places));
  const smaller = await campaign(file, "0.75,0.5");
  const others = changedPlaces(newPictures(smaller, "Mariam Babu"));
  assert.ok(others.length > 0 && !others.some(isLeft), JSON.stringify(others));
  assert.deepEqual([larger.warnings, smaller.warnings], [[], []]);
});
