import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { CHIN, NOSE_TIP, SIDE_LEFT, SIDE_RIGHT } from "../../src/face/landmarks/landmark-groups.ts";
import { eyesDistance, pointOf } from "../../src/face/landmarks/landmark-points.ts";
import { createLipSyncScript, type LipSyncBehaviour } from "../support/lip-sync-script.ts";
import { type LipSyncedCampaign, lipSyncedCampaign } from "../support/lip-synced.ts";
import {
  outputOf,
  paintedShare,
  type SlotPicture,
  skinOf,
  slotPicturesOf,
  studyFileOf,
} from "../support/painted-slot.ts";
import { canSeeProcesses, eventually, isAlive, readProcess } from "../support/process-tree.ts";
import { videoPacketHashes } from "../support/read-media.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** A lip-sync command, from a campaign down to the pictures of its videos and back from them. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-engines-"));
const inside = (...parts: string[]) => path.join(folder, ...parts);
/** In place of the system's own, so that what is left there is seen. */
const temporary = inside("temporary");
mkdirSync(temporary);
process.env["TMPDIR"] = temporary;
let base: TalkingBase;
before(async () => {
  base = await makeTalkingBase({
    file: inside("base.mp4"),
    parts: [0.4, "Rahul", 0.45, "welcome to our school", 0.4],
    height: 256,
  });
});
afterEach(() => assert.deepEqual(leftOver(), [], "something is left in the temporary folder"));
after(() => rmSync(folder, { recursive: true }));

const leftOver = () => readdirSync(temporary).filter((name) => !name.startsWith("node-compile"));
let scripts = 0;
const script = (...plan: [LipSyncBehaviour, ...LipSyncBehaviour[]]) =>
  createLipSyncScript(inside(`script-${++scripts}`), ...plan);
const sheetOf = (...names: string[]) => `${["name", ...names].join("\n")}\n`;

/** A campaign of these names whose mouths a command moves. */
const commanded = (
  command: string,
  names: string[],
  more: Partial<Parameters<typeof lipSyncedCampaign>[0]> = {},
) =>
  lipSyncedCampaign({
    ...{ folder, base: base.file, sheet: sheetOf(...names) },
    options: { lipSyncProvider: "command", lipSyncCmd: command },
    ...more,
  });

describe("a command that paints everything over", () => {
  const names = ["Al", "Bo"];
  const outdir = inside("painted");
  const painting = script("paint");
  let made: LipSyncedCampaign;
  before(async () => {
    mkdirSync(outdir);
    made = await commanded(painting.command, names, { outdir });
  });

  test("gets the pictures of the slot and what is heard, in a folder of its own for each row", async () => {
    const calls = painting.calls();
    assert.equal(new Set(calls.map((call) => call.folder)).size, names.length);
    const pictures = await Promise.all(names.map((name) => slotPicturesOf(made, name)));
    assert.deepEqual(
      calls.map(({ video }) => video?.pictures).toSorted(),
      pictures.map(({ length }) => length).toSorted(),
    );
    for (const { folder, entries, video, sound, devices } of calls) {
      assert.equal(path.dirname(folder), temporary);
      assert.deepEqual([video?.width, video?.height, video?.fps], [256, 256, base.fps]);
      assert.deepEqual([sound.channels, sound.sampleRate], [1, 16_000]);
      const off = sound.seconds - (video?.pictures ?? 0) / base.fps;
      assert.ok(Math.abs(off) < 0.001, `the sound is ${off} s longer than the pictures`);
      assert.equal(devices, "0");
      assert.ok(entries.includes("face.mp4") && entries.includes("sound.wav"), `${entries}`);
    }
  });

  test("changes the mouth and nothing else, with a soft edge, and is gone at both ends", async (t) => {
    assert.deepEqual(
      made.records.map(({ state, warnings }) => [state, warnings]),
      names.map(() => ["done", []]),
    );
    const pictures = await slotPicturesOf(made, "Al");
    const shares = pictures.map((picture) => paintedShare(picture, skinOf(picture.face)));
    const outside = pictures.map(changeOutside);
    const most = Math.max(...outside.map(({ most }) => most));
    const mean = Math.max(...outside.map(({ mean }) => mean));
    const step = Math.max(...pictures.slice(4, -4).map(steepestEdge));
    t.diagnostic(
      `shares ${shares.map((share) => share.toFixed(2))}; outside ${most} levels at most, ${mean.toFixed(3)} on average; step ${step.toFixed(3)}`,
    );
    for (const [index, share] of shares.entries()) {
      const meant = Math.min(1, (index + 1) / 4, (shares.length - index) / 4);
      assert.ok(Math.abs(share - meant) < 0.06, `picture ${index} has ${share}, not ${meant}`);
    }
    // Both were encoded; the paint itself is farther from skin, hair and ground than that.
    assert.ok(mean < 0.8 && most < 28, `outside ${most} levels at most, ${mean} on average`);
    assert.ok(step < 0.25, `the edge is soft: ${step} from one pixel to the next`);
  });

  test("leaves all pictures before and behind the slot as they are, to the byte", async () => {
    const own = new Set(videoPacketHashes(made.template.file));
    for (const name of names) {
      const others = videoPacketHashes(outputOf(made, name).file).filter((hash) => !own.has(hash));
      assert.equal(others.length, (await slotPicturesOf(made, name)).length);
    }
  });

  test("costs one look for faces: another provider takes what was found", async () => {
    const study = studyFileOf(made.template);
    const found = statSync(study);
    const later = await commanded("", ["Cy"], { outdir, options: { lipSyncProvider: "mouth" } });
    assert.equal(later.template.id, made.template.id);
    assert.deepEqual([statSync(study).ino, statSync(study).mtimeMs], [found.ino, found.mtimeMs]);
  });
});

test("of a command that fails now and then the rows are named, and the others made", async () => {
  const moody = script("no face", "nothing", "short", "damaged", "paint");
  const names = ["Al", "Bo", "Cy", "Di", "Ed"];
  const made = await commanded(moody.command, names);
  assert.equal(moody.calls().length, names.length);
  const failed = made.records.filter(({ state }) => state === "failed");
  assert.equal(failed.length, 3);
  const expected = [
    /^the lip-sync command ended without a result; run it by hand to see more$/u,
    /^the lip-sync command made [\d.]+ s of [\d.]+ s: its result was cut off, look for/u,
    /^the lip-sync command left a video that cannot be read: /u,
  ];
  for (const message of expected) {
    assert.ok(
      failed.some(({ reason }) => message.test(reason ?? "")),
      `${message} in ${failed.map(({ reason }) => reason)}`,
    );
  }
  for (const { reason } of failed) assert.ok(!reason?.includes(temporary), `${reason}`);

  const done = made.records.filter(({ state }) => state === "done");
  const without = done.filter(({ warnings }) => warnings.length > 0);
  assert.deepEqual([done.length, without.length], [2, 1]);
  const [faceless] = without;
  assert.match(
    faceless?.warnings.join() ?? "",
    /without lip-sync: the lip-sync command finds no face: give a recording in which/u,
  );
  assert.equal(made.warnings.length, 1);
  const { template } = made;
  const own = videoPacketHashes(template.file);
  const { file, request } = outputOf(made, faceless?.name ?? "");
  assert.equal(request.edits[0]?.pictures, undefined);
  assert.deepEqual(videoPacketHashes(file), own);
});

test("a command that hangs ends with the campaign, and so does what it started", {
  skip: !canSeeProcesses,
}, async () => {
  const hanging = script("hang");
  const leaving = new AbortController();
  const campaign = assert.rejects(
    commanded(hanging.command, ["Al", "Bo"], { signal: leaving.signal }),
    { code: "CANCELLED" },
  );
  const processes = await eventually("the command hangs", () => {
    const [call] = hanging.calls();
    return call ? call.pids.map(readProcess) : null;
  });
  assert.equal(processes.length, 2);
  assert.equal(leftOver().length > 0, true);
  leaving.abort();
  await campaign;
  for (const one of processes) assert.ok(one && !isAlive(one), `${one?.command} still runs`);
  assert.equal(hanging.calls().length, 1, "there is one device: the other row never began");
});

/** How far a picture is from the recorded one where neither mouth nor jaw are, levels. */
function changeOutside({ made, recorded, face }: SlotPicture): { most: number; mean: number } {
  const { landmarks } = face;
  const at = (landmark: number) => pointOf(landmarks, landmark);
  const unit = eyesDistance(landmarks);
  const [left, right] = [at(SIDE_LEFT).x, at(SIDE_RIGHT).x];
  const [top, bottom] = [at(NOSE_TIP).y - 0.2 * unit, at(CHIN).y + 0.35 * unit];
  let [most, sum, count] = [0, 0, 0];
  for (let y = 0, i = 0; y < made.height; y++) {
    for (let x = 0; x < made.width; x++, i++) {
      if (x >= left && x <= right && y >= top && y <= bottom) continue;
      const off = Math.abs((made.luma[i] ?? 0) - (recorded.luma[i] ?? 0));
      most = Math.max(most, off);
      sum += off;
      count++;
    }
  }
  return { most, mean: sum / count };
}

/** The largest change of the painted share from one pixel to the next, from ear to ear below the mouth. */
function steepestEdge(picture: SlotPicture): number {
  const { landmarks } = picture.face;
  const { y } = skinOf(picture.face);
  const [left, right] = [SIDE_LEFT, SIDE_RIGHT].map((side) =>
    Math.round(pointOf(landmarks, side).x),
  );
  let step = 0;
  for (let x = left ?? 0; x < (right ?? 0); x++) {
    const [a, b] = [paintedShare(picture, { x, y }), paintedShare(picture, { x: x + 1, y })];
    if (Number.isFinite(a) && Number.isFinite(b)) step = Math.max(step, Math.abs(a - b));
  }
  return step;
}
