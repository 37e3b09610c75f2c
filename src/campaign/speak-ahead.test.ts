import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import type { SpeechModel, SpeechRequest } from "../ports/speech-model.ts";
import { fakeModel, tone } from "../speech/testing/fake-speech.ts";
import { forEachSpokenAhead } from "./speak-ahead.ts";

const items = Array.from({ length: 150 }, (_, i) => i);
const { signal } = new AbortController();

function preparing(prepare: (texts: string[]) => Promise<void> = async () => {}) {
  const prepared: string[][] = [];
  const speech: SpeechModel = {
    ...fakeModel(() => tone({ seconds: 0.3 })),
    async prepare(requests: readonly SpeechRequest[]) {
      const texts = requests.map(({ text }) => text);
      prepared.push(texts);
      await prepare(texts);
    },
  };
  const options = {
    speech,
    requestsOf: (item: number) => [{ text: `name ${item}`, language: "en" }],
    concurrency: 4,
    signal,
  };
  return { prepared, options };
}

test("the texts of an item are ready before it is worked on, the next ones meanwhile", async () => {
  const { prepared, options } = preparing();
  const done: number[] = [];
  let aheadAtFirst = 0;
  await forEachSpokenAhead(items, options, async (item) => {
    assert.ok(prepared.flat().includes(`name ${item}`));
    if (done.length === 0) aheadAtFirst = prepared.flat().length;
    done.push(item);
  });
  assert.deepEqual(
    done.toSorted((a, b) => a - b),
    items,
  );
  assert.deepEqual(
    prepared.flat(),
    items.map((item) => `name ${item}`),
  );
  assert.ok(aheadAtFirst > 64 && aheadAtFirst < 150, `${aheadAtFirst} texts at the first item`);
});

test("a voice that has nothing to ready is asked for each text as it comes", async () => {
  const { options } = preparing();
  const { prepare: _, ...speech } = options.speech;
  let done = 0;
  await forEachSpokenAhead(items, { ...options, speech }, async () => {
    done += 1;
  });
  assert.equal(done, 150);
});

test("a failure of the work ends it, whatever is being readied", async () => {
  const { options } = preparing(async ([first]) => {
    if (first !== "name 0") throw new AppError("CANCELLED", "cancelled");
  });
  const failing = forEachSpokenAhead(items, options, async (item) => {
    if (item === 7) throw new Error("seven");
  });
  await assert.rejects(failing, { message: "seven" });
});
