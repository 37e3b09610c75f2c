import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Yuv420 } from "../../src/face/portrait/planes.ts";
import { drawnFrom, drawnOver, filmPictures, type Place, writeFilm } from "../support/film.ts";
import { lipSyncedCampaign } from "../support/lip-synced.ts";
import { lowerFace, outputOf } from "../support/new-pictures.ts";
import { decodeSound, videoPacketHashes } from "../support/read-media.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** Diamond with faces that are not fit for another mouth: it stays, and everybody is told why. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-diamond-faces-"));
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

const campaign = (file: string) =>
  lipSyncedCampaign({
    folder,
    base: file,
    sheet: "name\nMariam Babu\n",
    options: { lipSyncProvider: "mouth" },
  });

/** The name is said, the pictures stay, and everybody is told why. */
async function assertSkipped(file: string, reason: RegExp): Promise<void> {
  const made = await campaign(file);
  const { record, request, file: output } = outputOf(made, "Mariam Babu");
  assert.equal(record.state, "done");
  assert.match(record.warnings.join(), reason);
  assert.match(record.warnings.join(), /^without lip-sync: at \d+\.\d\d s of the base /u);
  assert.match(made.warnings.join(), reason);
  assert.equal(request.edits[0]?.pictures, undefined);
  const own = videoPacketHashes(made.template.file);
  assert.deepEqual(videoPacketHashes(output), own, "all pictures are the template's");
  const [said, recorded] = [decodeSound(output), decodeSound(file)];
  const slot = record.slot;
  assert.ok(slot);
  let changed = 0;
  const rate = recorded.sampleRate;
  for (let i = Math.round(slot.start * rate); i < slot.end * rate; i++) {
    changed += ((said.samples[i] ?? 0) - (recorded.samples[i] ?? 0)) ** 2;
  }
  assert.ok(changed > 0, "another name is said");
}

const small: Place = (x, y) => [(x - 90) * 3.4, (y - 90) * 3.4];

test("a face that is too small keeps its mouth, with its width and the least", () =>
  assertSkipped(
    filmed("small", (one) => drawnFrom(one, { width: SIZE, height: SIZE, from: small })),
    /the face is \d+ pixels wide in frame 0: it takes 64/u,
  ));

test("a face that leaves the picture within the slot keeps its mouth, with the time", () =>
  assertSkipped(
    filmed("leaves", (one, i) =>
      drawnFrom(one, {
        width: SIZE,
        height: SIZE,
        from: (x, y) => [x - 16 * Math.max(0, i - 10), y],
      }),
    ),
    /no face is seen in \d+ frames .*keep the face in sight/u,
  ));

test("a mouth that something covers is not drawn anew", () => {
  const { left, right, top, bottom } = lowerFace(SIZE);
  const middle = { x: (left + right) / 2, y: top + 0.45 * (bottom - top) };
  const covered = (one: Yuv420) => {
    const copy = { ...one, y: one.y.slice() };
    const reach = { x: 0.36 * (right - left), y: 0.22 * (bottom - top) };
    for (let y = Math.round(middle.y - reach.y); y < middle.y + reach.y; y++) {
      copy.y.fill(
        60 + (y % 7),
        y * SIZE + Math.round(middle.x - reach.x),
        y * SIZE + Math.round(middle.x + reach.x),
      );
    }
    return copy;
  };
  return assertSkipped(
    filmed("covered", (one, i) => (i > 12 ? covered(one) : one)),
    /something covers the mouth in frame \d+ .*keep hands and microphone away/u,
  );
});

test("a cut within the slot, after which the face is elsewhere: no mouth is drawn, with its time", () =>
  assertSkipped(
    filmed("cut", (one, i) =>
      drawnFrom(one, {
        width: 2 * SIZE,
        height: SIZE,
        from: (x, y) => [x - (i < 15 ? 0 : SIZE), y],
      }),
    ),
    /at 0\.60 s of the base another scene begins/u,
  ));

test("a cut after which the same face is nearer and a little aside is found by the face", () =>
  assertSkipped(
    filmed("jump", (one, i) =>
      i < 15 ? one : drawnOver(one, one, (x, y) => [x / 1.25 + 16, y / 1.25 + 30]),
    ),
    /at 0\.60 s of the base (the face is suddenly elsewhere|another scene begins)/u,
  ));
