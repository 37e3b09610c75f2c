import assert from "node:assert/strict";
import { test } from "node:test";
import { tone } from "../testing/fake-speech.ts";
import { speakInParts } from "./speak-in-parts.ts";

const TEXT = "One. Two. Three. Four. Five. Six.";
const request = { text: TEXT, limit: 6, provider: "Acme" };

test("parts are joined in the order of the text, whichever comes first", async () => {
  const lengths: Record<string, number> = { "One.": 0.1, "Two.": 0.2, "Three.": 0.3 };
  const gates = new Map(Object.keys(lengths).map((text) => [text, Promise.withResolvers<void>()]));
  const speaking = speakInParts({
    ...{ text: "One. Two. Three.", limit: 6, provider: "Acme", concurrency: 3 },
    async speak(part) {
      await gates.get(part)?.promise;
      return tone({ seconds: lengths[part] ?? 0, hz: 400 });
    },
  });
  for (const text of ["Three.", "One.", "Two."]) gates.get(text)?.resolve();
  const { samples, sampleRate } = await speaking;
  const first = samples.slice(0, 0.1 * sampleRate);
  assert.deepEqual(first.slice(0, 800), tone({ seconds: 0.1, hz: 400 }).samples.slice(0, 800));
  assert.ok(samples.length / sampleRate > 1.2);
});

test("no more parts are under way than asked for", async () => {
  let [now, most] = [0, 0];
  await speakInParts({
    ...request,
    concurrency: 2,
    async speak() {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
      return tone({ seconds: 0.1 });
    },
  });
  assert.equal(most, 2);
});

test("after a failure no further part is asked for, and it is what is thrown", async () => {
  const asked: string[] = [];
  const speaking = speakInParts({
    ...request,
    concurrency: 1,
    async speak(part) {
      asked.push(part);
      if (part === "Two.") throw new Error("no");
      return tone({ seconds: 0.1 });
    },
  });
  await assert.rejects(speaking, /no/);
  assert.deepEqual(asked, ["One.", "Two."]);
});
