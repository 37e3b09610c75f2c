import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { lipSyncedCampaign } from "../support/lip-synced.ts";
import {
  assertInStep,
  assertOnlyIn,
  lowerFace,
  newPicturesOfSlots,
  outputOf,
} from "../support/new-pictures.ts";
import { makeTalkingBase } from "../support/talking-base.ts";

/** Platinum with places near to each other, said twice, at the very end, and with nothing to say. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-platinum-"));
const inside = (file: string) => path.join(folder, file);
const SIZE = 192;
after(() => rmSync(folder, { recursive: true }));

test("a word twice and one at the very end; a row with an empty column is skipped with the reason", async () => {
  const base = await makeTalkingBase({
    file: inside("far.mp4"),
    parts: [
      ...[0.4, "Hello Rahul", 0.4, "welcome to our school in", 0.35, "Delhi", 0.4],
      ...["we are happy to see you", 0.4, "Rahul", 0.3],
    ],
    height: SIZE,
  });
  const made = await lipSyncedCampaign({
    folder,
    base: base.file,
    sheet: "name,town\nMariam Babu,Timbuktu\nAl,\n",
    options: {
      insertMode: "platinum",
      lipSyncProvider: "mouth",
      platinumPlaceholders: "Rahul={name},Delhi={town},Rahul={name}",
      transcript: "Hello Rahul, welcome to our school in Delhi, we are happy to see you Rahul",
    },
  });
  assert.deepEqual(made.warnings, []);
  const states = made.records.map(({ name, state, reason }) => [name, state, reason]).toSorted();
  assert.deepEqual(states, [
    ["Al", "skipped", "the text of place 2 is empty"],
    ["Mariam Babu", "done", ""],
  ]);
  const { record, request, file } = outputOf(made, "Mariam Babu");
  assert.deepEqual(record.warnings, []);
  const slots = newPicturesOfSlots(made, "Mariam Babu");
  assert.equal(slots.length, 3);
  for (const pairs of slots) assertOnlyIn(pairs, lowerFace(SIZE));
  const growth = request.edits.map(({ edit: { cut, fill } }) => {
    return (fill.length - (cut.end - cut.start)) / made.template.sampleRate;
  });
  const [first = 0, second = 0] = growth;
  for (const [part, later] of [
    [base.parts[3], first],
    [base.parts[7], first + second],
  ] as const) {
    assert.ok(part);
    const heard = assertInStep(base.file, file, {
      start: part.start + 0.15,
      end: part.end - 0.25,
      later,
    });
    assert.ok(Math.abs(heard - later) < 0.01, `heard ${heard} s later, not ${later}`);
  }
});

test("places less than a second apart are done or named: nothing in between", async () => {
  const base = await makeTalkingBase({
    file: inside("close.mp4"),
    parts: [0.4, "Hello Rahul", 0.3, "of Delhi", 0.3, "see you soon", 0.4],
    height: SIZE,
  });
  const campaign = (platinumPlaceholders: string) =>
    lipSyncedCampaign({
      folder,
      base: base.file,
      sheet: "name,town\nMariam Babu,Timbuktu\n",
      options: {
        insertMode: "platinum",
        lipSyncProvider: "mouth",
        platinumPlaceholders,
        transcript: "Hello Rahul, of Delhi, see you soon",
      },
    });
  await assert.rejects(campaign("Rahul={name},Delhi={town}"), {
    code: "SLOT_INVALID",
    message: /^slots 1 and 2 \(at 0\.7\d s and 1\.\d+ s\) leave 0\.\d+ s between them, at least /u,
  });
  await assert.rejects(campaign("Rahul={name},Rahul={name}"), {
    code: "INVALID_OPTION",
    message: /"Rahul".*put what is replaced in braces/u,
  });
});
