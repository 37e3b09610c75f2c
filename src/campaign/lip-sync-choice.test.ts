import assert from "node:assert/strict";
import { test } from "node:test";
import { TIERS } from "../domain/tier.ts";
import { LIP_SYNC_PROVIDERS } from "./campaign-options.ts";
import { chosenFace, lipSyncWarnings, needsGpu } from "./lip-sync-choice.ts";

const codesOf = (...[options, given]: Parameters<typeof lipSyncWarnings>) =>
  lipSyncWarnings(options, given).map(({ code }) => code);

test("who asks for a provider where it does nothing is told, in the words in which it was asked", () => {
  for (const insertMode of ["silver", "gold"] as const) {
    assert.deepEqual(lipSyncWarnings({ insertMode, lipSyncProvider: "none" }, "x"), []);
    const given = "--lip-sync-provider mouth";
    const [warning, ...more] = lipSyncWarnings({ insertMode, lipSyncProvider: "mouth" }, given);
    assert.deepEqual([warning?.code, more], ["OPTION_IGNORED", []]);
    assert.ok(warning?.message.startsWith(`${given} has no effect`), warning?.message);
  }
});

test("who asks for none where mouths are seen is told what moves them", () => {
  for (const insertMode of ["diamond", "platinum"] as const) {
    const [warning] = lipSyncWarnings(
      { insertMode, lipSyncProvider: "none" },
      "lip_sync_provider=none",
    );
    assert.equal(warning?.code, "LIP_SYNC_NONE");
    assert.match(warning?.message ?? "", /stay as recorded; lip_sync_provider=mouth moves them$/u);
  }
});

test("the licence of Wav2Lip's weights is told to who uses it, and to nobody else", () => {
  for (const insertMode of TIERS) {
    for (const lipSyncProvider of LIP_SYNC_PROVIDERS) {
      const applies = insertMode === "diamond" || insertMode === "platinum";
      assert.equal(
        codesOf({ insertMode, lipSyncProvider }, "given").includes("LIP_SYNC_LICENCE"),
        applies && lipSyncProvider === "wav2lip",
        `${insertMode} ${lipSyncProvider}`,
      );
    }
  }
});

test("programs on a graphics processor need one, services, our own mouth and a Wav2Lip model do not", () => {
  const needing = (wav2lipModel: boolean) =>
    LIP_SYNC_PROVIDERS.filter((lipSyncProvider) =>
      needsGpu({ insertMode: "diamond", lipSyncProvider }, { wav2lipModel }),
    );
  assert.deepEqual(needing(false), ["wav2lip", "musetalk", "latentsync", "command"]);
  assert.deepEqual(needing(true), ["musetalk", "latentsync", "command"]);
  for (const insertMode of ["silver", "gold"] as const) {
    const options = { insertMode, lipSyncProvider: "command" } as const;
    assert.equal(needsGpu(options, { wav2lipModel: false }), false);
  }
});

test("who names Wav2Lip's folder gets its program, though there is a model", () => {
  const options = { insertMode: "diamond", lipSyncProvider: "wav2lip" } as const;
  assert.equal(needsGpu({ ...options, wav2lipRepo: "Wav2Lip" }, { wav2lipModel: true }), true);
});

test("a face is chosen by two shares of the picture", () => {
  assert.equal(chosenFace({}), null);
  assert.deepEqual(chosenFace({ lipSyncFace: "0.3,0.4" }), { x: 0.3, y: 0.4 });
  assert.deepEqual(chosenFace({ lipSyncFace: ".5,1" }), { x: 0.5, y: 1 });
});
