import assert from "node:assert/strict";
import test from "node:test";
import type { SpokenClause } from "./heard-text.ts";
import { sayAnswer } from "./say-answer.ts";
import type { Stage } from "./stage.ts";
import { speechOf } from "./testing/live-fakes.ts";
import { createManualTimers, settled } from "./testing/manual-timers.ts";

async function* spoken(...texts: string[]) {
  for (const text of texts) yield { text, speech: speechOf(text) };
}

test("speech that is ready is not bridged, however slowly its pictures are made", async () => {
  const timers = createManualTimers();
  let made = 0;
  let waited = 0;
  const stage: Stage = {
    begin: ({ onMedia }) => ({
      async say({ audio }) {
        const start = made;
        const duration = audio.samples.length / audio.sampleRate;
        made += duration;
        onMedia({ kind: "sound", bytes: new Uint8Array(1), start, duration, sampleRate: 8000 });
        await settled();
        return { start, end: made, visemes: [] };
      },
      async wait(seconds) {
        waited += seconds;
        made += seconds;
      },
      end: async () => made,
      cancel() {},
    }),
  };
  const said: SpokenClause[] = [];
  const answer = sayAnswer({
    ...{ clauses: spoken("One two.", "Three four.", "Five six."), stage, said, timers },
    // It has played all that there is.
    player: { begin() {}, report() {}, stop() {}, position: () => made },
    sink: { note() {}, media() {} },
    signal: new AbortController().signal,
  });
  for (let ms = 0; ms < 1000; ms += 100) await timers.pass(100);
  assert.deepEqual(await answer, { duration: 3, failure: null });
  assert.equal(waited, 0);
  assert.equal(said.length, 3);
});
