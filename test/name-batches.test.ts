import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEspeak, type Espeak } from "../src/speech/espeak/espeak.ts";
import { batchVoices, randomTrials, runTrials } from "./support/batch-trials.ts";
import { createOtherVoices, type OtherVoices } from "./support/other-voices.ts";

/** test/long/name-batches.test.ts tries 500. */
const BATCHES = 8;

describe("names spoken many at a time", () => {
  let embedded: Espeak;
  let others: OtherVoices;
  before(async () => {
    embedded = createEspeak();
    others = await createOtherVoices();
  });
  after(async () => {
    others.close();
    await embedded.close();
  });

  test("a clip holds all of its name and nothing of a neighbour or the hint", async () => {
    const trials = randomTrials(batchVoices(embedded, others), 5);
    const { wrong, tally } = await runTrials(embedded, trials, BATCHES);
    assert.deepEqual(wrong, []);
    const all = [...tally.values()];
    assert.ok(
      all.some(({ names, alone }) => alone < names),
      "some names are cut",
    );
  });
});
