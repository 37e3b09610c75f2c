import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import { createRetryLater } from "../domain/retry-later.ts";
import { createPatientSpeech } from "./patient-speech.ts";
import { fakeModel, tone } from "./testing/fake-speech.ts";

const amit = { text: "Amit", language: "hi" };

/** A voice that asks to wait `waits` times, each time for this long, and what its user waited for. */
function hurried({ waits, ms }: { waits: number; ms: number }) {
  let now = 1_000_000;
  const waited: number[] = [];
  const model = fakeModel((_, number) => {
    if (number <= waits) throw createRetryLater({ notBefore: now + ms, limit: "speech:fake" });
    return tone({ seconds: 0.3 });
  });
  const patient = createPatientSpeech(model, {
    clock: () => now,
    wait: async (delay, signal) => {
      signal.throwIfAborted();
      waited.push(delay);
      now += delay;
    },
  });
  return { model, patient, waited };
}

test("what a provider asks to wait for is waited for, then it is asked again", async () => {
  const { patient, waited, model } = hurried({ waits: 3, ms: 90_000 });
  await patient.speak(amit, { signal: new AbortController().signal });
  assert.deepEqual(waited, [90_000, 90_000, 90_000]);
  assert.equal(model.requests.length, 4);
});

test("a provider that asks for more than an hour fails with the moment to come back", async () => {
  const { patient } = hurried({ waits: 99, ms: 25 * 60_000 });
  const speaking = patient.speak(amit, { signal: new AbortController().signal });
  await assert.rejects(speaking, {
    code: "SPEECH_FAILED",
    message: /asks to wait until 1970-01-01T/,
  });
});

test("a passing fault is tried once more, and then is the request's own", async () => {
  const failing = (times: number) =>
    fakeModel((_, number) => {
      if (number > times) return tone({ seconds: 0.3 });
      throw new AppError("SPEECH_FAILED", "answered 503", { retryable: true });
    });
  const { signal } = new AbortController();
  await createPatientSpeech(failing(1)).speak(amit, { signal });
  const often = failing(9);
  await assert.rejects(createPatientSpeech(often).speak(amit, { signal }), /answered 503/);
  assert.equal(often.requests.length, 2);
});

test("waiting can be cancelled", async () => {
  const { patient } = hurried({ waits: 1, ms: 1000 });
  const speaking = patient.speak(amit, { signal: AbortSignal.abort() });
  await assert.rejects(speaking, { code: "CANCELLED" });
});
