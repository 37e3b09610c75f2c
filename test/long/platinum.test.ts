import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { durationOf } from "../../src/domain/audio.ts";
import { lipSyncedCampaign } from "../support/lip-synced.ts";
import { decodeSound, videoPacketHashes } from "../support/read-media.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** Platinum, from a base in which several words are said to videos with others. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-platinum-"));
const inside = (file: string) => path.join(folder, file);
let twice: TalkingBase;
before(async () => {
  const parts = [
    ...[
      0.4,
      "Hello Rahul",
      0.3,
      "welcome to our school in",
      0.25,
      "Delhi",
      0.4,
      "see you soon",
      0.4,
    ],
  ];
  twice = await makeTalkingBase({ file: inside("twice.mp4"), parts, height: 256 });
});
after(() => rmSync(folder, { recursive: true }));

test("platinum: each place says its own text with the speaker's mouth", async () => {
  const { outputs, template, warnings } = await lipSyncedCampaign({
    folder,
    base: twice.file,
    sheet: "name,town\nMariam Babu,Timbuktu\n",
    options: {
      insertMode: "platinum",
      lipSyncProvider: "mouth",
      platinumPlaceholders: "Rahul={name},Delhi={town}",
      transcript: "Hello Rahul, welcome to our school in Delhi, see you soon",
    },
  });
  assert.deepEqual(warnings, []);
  const output = outputs.get("Mariam Babu");
  assert.ok(output);
  assert.equal(template.stretches.length, 2);
  assert.deepEqual(
    output.request.edits.map(({ pictures }) => (pictures?.length ?? 0) > 3),
    [true, true],
  );
  const changed = output.request.edits.reduce((sum, { pictures = [] }) => sum + pictures.length, 0);
  const before = videoPacketHashes(template.file);
  const own = videoPacketHashes(output.file).filter((hash) => !before.includes(hash));
  assert.equal(own.length, changed);
  const later = durationOf(decodeSound(output.file)) - durationOf(decodeSound(twice.file));
  assert.ok(later >= -0.03, `${later} s longer`);
});

test("a marker that is not found is named, and nothing is made", async () => {
  await assert.rejects(
    lipSyncedCampaign({
      folder,
      base: twice.file,
      sheet: "name\nAmit\n",
      options: {
        insertMode: "platinum",
        platinumPlaceholders: "Rahul={name},Bengaluru={name}",
        transcript: "Hello Rahul, welcome to our school in Delhi, see you soon",
      },
    }),
    /Bengaluru/u,
  );
});
