import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { TRANSCRIPT_GATE, WORDS_GATE } from "../../src/campaign/search-slots.ts";
import { createEspeak } from "../../src/speech/espeak/espeak.ts";
import { createOtherVoices, type OtherVoices } from "../support/other-voices.ts";
import {
  type NoiseRatio,
  type Trial,
  transcriptTrials,
  wordTrials,
} from "../support/slot-trials.ts";

let voices: OtherVoices;
const reference = createEspeak();
const signal = new AbortController().signal;
before(async () => {
  voices = await createOtherVoices();
});
after(async () => {
  voices.close();
  await reference.close();
});

const RATIOS: NoiseRatio[] = [null, 20, 10];
const MAX_WRONG_SHARE = 0.02;

function middle(errors: (number | null)[]): number {
  const sizes = errors.flatMap((error) => (error === null ? [] : Math.abs(error)));
  return sizes.toSorted((a, b) => a - b)[sizes.length >> 1] ?? Number.NaN;
}

/** What is answered, and how. */
function tally(trials: readonly Trial[], gate: number) {
  const answered = trials.filter(({ confidence }) => confidence >= gate);
  const right = answered.filter((trial) => trial.right);
  return {
    searches: trials.length,
    said: trials.filter(({ said }) => said).length,
    right: right.length,
    wrong: answered.length - right.length,
    startMs: Math.round(1000 * middle(right.map(({ startError }) => startError))),
    endMs: Math.round(1000 * middle(right.map(({ endError }) => endError))),
  };
}

for (const ratio of RATIOS) {
  const name = ratio === null ? "clean" : `noise ${ratio} dB below`;

  test(`${name}: a transcript finds 39 of 40 names of other engines' voices, within 20 ms`, async (t) => {
    const setup = { voices, reference, signal };
    const found = tally(await transcriptTrials(setup, { ratio }), TRANSCRIPT_GATE);
    const wrong = tally(await transcriptTrials(setup, { ratio, wrong: true }), TRANSCRIPT_GATE);
    t.diagnostic(
      `${name}, transcript: ${found.right} of ${found.said} found, ${found.wrong} wrong, start ${found.startMs} ms, ` +
        `end ${found.endMs} ms; taken for said of ${wrong.searches} other transcripts: ${wrong.wrong}`,
    );
    assert.equal(found.said, 40);
    assert.ok(found.right >= 39);
    assert.ok(found.startMs <= 20);
  });

  test(`${name}: a search for words alone answers wrongly at most 2 times of 100`, async (t) => {
    const trials = await wordTrials({ voices, reference, signal }, { ratio });
    const { searches, said, right, wrong, startMs } = tally(trials, WORDS_GATE);
    t.diagnostic(
      `${name}, words: ${searches} searches, ${said} of them said, ${right} found, ${wrong} wrong, start ${startMs} ms`,
    );
    assert.ok(right > 0 && wrong / searches <= MAX_WRONG_SHARE);
  });
}
