import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import { createRetryLater } from "../domain/retry-later.ts";
import { createFallbackSpeech } from "./fallback-speech.ts";
import { fakeModel, tone } from "./testing/fake-speech.ts";

const amit = { text: "Amit", language: "hi", voice: "hi-IN-anna" };
const options = { signal: new AbortController().signal };

function failing(error: Error) {
  return {
    ...fakeModel(() => {
      throw error;
    }),
    provider: "gtts",
  };
}

const OUT_OF_REACH = [
  new AppError("SPEECH_FAILED", "Google Translate cannot be reached: no route", {
    retryable: true,
  }),
  new AppError("SPEECH_REFUSED", "the quota is used up"),
  new AppError("SPEECH_UNUSABLE", "it is silent"),
  createRetryLater({ notBefore: 0, limit: "speech:gtts" }),
];
for (const error of OUT_OF_REACH) {
  test(`after "${error.message}" the second voice speaks, chooses for itself, and that is said`, async () => {
    const second = { ...fakeModel(() => tone({ seconds: 0.4 })), provider: "espeak" };
    const speech = await createFallbackSpeech({ first: failing(error), second }).speak(
      amit,
      options,
    );
    assert.deepEqual(second.requests, [{ text: "Amit", language: "hi" }]);
    assert.deepEqual(speech.warnings, [
      {
        code: "VOICE_FALLBACK",
        message: `gtts could not speak, the embedded voice did instead: ${error.message}`,
      },
    ]);
  });
}

for (const code of ["CANCELLED", "INVALID_OPTION", "VOICE_UNKNOWN"] as const) {
  test(`${code} is no reason to ask another voice`, async () => {
    const second = fakeModel(() => tone({ seconds: 0.4 }));
    const model = createFallbackSpeech({ first: failing(new AppError(code, "no")), second });
    await assert.rejects(model.speak(amit, options), { code });
    assert.equal(second.requests.length, 0);
  });
}

test("while the first voice speaks the second one is not asked", async () => {
  const first = fakeModel(() => tone({ seconds: 0.3 }));
  const second = fakeModel(() => tone({ seconds: 0.4 }));
  const model = createFallbackSpeech({ first, second });
  const { warnings } = await model.speak(amit, options);
  assert.deepEqual([warnings.length, first.requests.length, second.requests.length], [0, 1, 0]);
  assert.equal(model.cacheKey(amit), first.cacheKey(amit));
});

test("when the second voice fails, too, its reason is told", async () => {
  const first = failing(new AppError("SPEECH_FAILED", "out of reach"));
  const second = failing(new AppError("SPEECH_FAILED", "no voice reads Thai"));
  await assert.rejects(createFallbackSpeech({ first, second }).speak(amit, options), {
    message: "no voice reads Thai",
  });
});
