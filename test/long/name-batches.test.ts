import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEspeak, type Espeak } from "../../src/speech/espeak/espeak.ts";
import { batchVoices, randomTrials, runTrials } from "../support/batch-trials.ts";
import { createOtherVoices, type OtherVoices } from "../support/other-voices.ts";

const BATCHES = 500;
const SEED = Number(process.env["VOCATIVE_TEST_SEED"] ?? 1);
/** Of the names of voices that say what they are asked to, sentence by sentence. */
const MOST_ALONE = 0.3;

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

  test(`no clip of ${BATCHES} batches holds anything but its name`, async (context) => {
    const trials = randomTrials(batchVoices(embedded, others), SEED);
    const { wrong, tally } = await runTrials(embedded, trials, BATCHES);
    for (const [group, { names, alone }] of [...tally].sort()) {
      context.diagnostic(`${group}: ${alone} of ${names} names spoken alone`);
    }
    assert.deepEqual(wrong, []);
    const told = [...tally].filter(([group]) => group.startsWith('joined by ". "'));
    const names = told.reduce((sum, [, one]) => sum + one.names, 0);
    const alone = told.reduce((sum, [, one]) => sum + one.alone, 0);
    context.diagnostic(`fallbacks: ${((100 * alone) / names).toFixed(1)} %`);
    assert.ok(alone <= MOST_ALONE * names, `${alone} of ${names} names were not cut`);
  });
});
