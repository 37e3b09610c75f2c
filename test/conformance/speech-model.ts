import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AppError } from "../../src/domain/app-error.ts";
import { durationOf } from "../../src/domain/audio.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../src/ports/speech-model.ts";

export type SpeechSubject = {
  model: SpeechModel;
  /**
   * What it must be able to speak, in three scripts at least. The first two differ in length by half
   * or more when spoken.
   */
  requests: SpeechRequest[];
  /** A voice other than the one chosen by itself, when voices shape the sound of this model. */
  otherVoice?: string;
  /** Whether speed shapes the sound of this model. */
  obeysSpeed: boolean;
  /** What must never show in a cache key. */
  secrets?: string[];
  /** The model's living child processes, when it has any. */
  pids?: () => number[];
};

const LONGEST_SECONDS = 1800;
const HOSTILE: [string, string][] = [
  ["a tag", "<speak>Priya</speak>"],
  ["an unclosed tag", "Priya <break time="],
  ["ampersands", "R&D & &amp; &#0;"],
  ["quotes", `O'Brien "Bob" 'x' \`y\``],
  ["phoneme codes", "[[h@l@U]] {text} {out}"],
  ["shell code", "$(exit 1); `id` | cat > /dev/null && false"],
  ["a path", "../../etc/passwd"],
  ["an option", "--help"],
  ["control characters", "Pri\u0000ya\u0007\u001b[31m\n\t"],
  ["half a surrogate pair", "Priya \ud83d"],
  ["only emoji", "😀🎉👨‍👩‍👧"],
  ["only punctuation", "... !?"],
  ["5,000 characters", "a".repeat(5000)],
  ["5,000 characters of words", "Priya ".repeat(833)],
];

/** What every speech model must keep to. `makeModel` is called twice; both models are closed. */
export function speechModelConformance(
  name: string,
  makeModel: () => SpeechSubject | Promise<SpeechSubject>,
): void {
  describe(`${name} is a speech model`, () => {
    let subject: SpeechSubject;
    const speak = (request: SpeechRequest, signal = new AbortController().signal) =>
      subject.model.speak(request, { signal });
    const [first, second] = [() => request(subject, 0), () => request(subject, 1)];

    before(async () => {
      subject = await makeModel();
    });
    after(() => subject.model.close());

    test("it speaks names in three scripts", async () => {
      assert.ok(subject.requests.length >= 3, "the subject brings three requests");
      for (const one of subject.requests) assertSound(await speak(one), one.text);
    });

    test("two requests at one time get each the sound of its own text", async () => {
      const alone = [
        durationOf((await speak(first())).audio),
        durationOf((await speak(second())).audio),
      ];
      const [short = 0, long = 0] = alone.toSorted((a, b) => a - b);
      assert.ok(long >= 1.5 * short, `the requests differ in length (${short} s, ${long} s)`);
      const together = await Promise.all(
        [first(), second(), first(), second()].map((one) => speak(one)),
      );
      for (const [index, speech] of together.entries()) {
        assertNear(durationOf(speech.audio), alone[index % 2] ?? Number.NaN);
      }
    });

    test("a request that was cancelled before is not begun", async () => {
      await assert.rejects(speak(first(), AbortSignal.abort()), { code: "CANCELLED" });
    });

    test("a request can be cancelled while it runs, and the next one is spoken", async () => {
      const controller = new AbortController();
      const running = speak(first(), controller.signal);
      controller.abort();
      await assert.rejects(running, { code: "CANCELLED" });
      assertSound(await speak(first()), first().text);
    });

    test("cancelling one request leaves another alone", async () => {
      const controller = new AbortController();
      const cancelled = speak(first(), controller.signal);
      const kept = speak(second());
      controller.abort();
      await assert.rejects(cancelled, { code: "CANCELLED" });
      assertSound(await kept, second().text);
    });

    test("the cache key is the same for the same request and holds no secret", () => {
      const key = subject.model.cacheKey(first());
      assert.equal(subject.model.cacheKey({ ...first() }), key);
      for (const secret of subject.secrets ?? []) assert.ok(!key.includes(secret));
    });

    test("the cache key differs by all that shapes the sound", () => {
      const { model, otherVoice, obeysSpeed } = subject;
      const key = model.cacheKey(first());
      assert.notEqual(model.cacheKey(second()), key, "text");
      if (otherVoice !== undefined) {
        assert.notEqual(model.cacheKey({ ...first(), voice: otherVoice }), key, "voice");
      }
      if (obeysSpeed) assert.notEqual(model.cacheKey({ ...first(), speed: 1.3 }), key, "speed");
    });

    test("a speed is obeyed, or a warning says that it is not", async () => {
      const [natural, fast] = [await speak(second()), await speak({ ...second(), speed: 1.5 })];
      const shorter = durationOf(fast.audio) < 0.85 * durationOf(natural.audio);
      assert.equal(shorter, subject.obeysSpeed);
      assert.equal(fast.warnings.length > 0, !subject.obeysSpeed);
    });

    test("an empty text is refused", async () => {
      for (const text of ["", " \n "]) {
        await assert.rejects(speak({ ...first(), text }), { code: "INVALID_OPTION" });
      }
    });

    test("a text of more than 5,000 characters is refused", async () => {
      const text = "a".repeat(5001);
      await assert.rejects(speak({ ...first(), text }), { code: "INVALID_OPTION" });
    });

    test("a speed that is no number is refused", async () => {
      await assert.rejects(speak({ ...first(), speed: Number.NaN }), { code: "INVALID_OPTION" });
    });

    for (const [kind, text] of HOSTILE) {
      test(`${kind} as text gives sound of bounded length or says why not`, async () => {
        const outcome = await speak({ ...first(), text }).catch((thrown: unknown) => thrown);
        if (outcome instanceof Error) assertRefusal(outcome);
        else assertBounded(outcome as Speech); // what is no error is what speak returns
      });
    }

    test("it speaks after an error", async () => {
      await assert.rejects(speak({ ...first(), text: "" }));
      assertSound(await speak(first()), first().text);
    });

    test("closing ends its child processes and its speech", async () => {
      const closing = await makeModel();
      const signal = new AbortController().signal;
      try {
        await closing.model.speak(request(closing, 0), { signal });
      } finally {
        const pids = closing.pids?.() ?? [];
        assert.equal(
          pids.length > 0,
          closing.pids !== undefined,
          "it has child processes while open",
        );
        await closing.model.close();
        for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
      }
      if (closing.pids) await assert.rejects(closing.model.speak(request(closing, 0), { signal }));
      await closing.model.close();
    });
  });
}

function request({ requests }: SpeechSubject, index: number): SpeechRequest {
  const found = requests[index];
  assert.ok(found, "the subject brings enough requests");
  return found;
}

function assertSound(speech: Speech, text: string): void {
  assertBounded(speech);
  const energy = speech.audio.samples.reduce((sum, sample) => sum + sample * sample, 0);
  const rms = Math.sqrt(energy / speech.audio.samples.length);
  assert.ok(rms > 0.003, `${text} is heard (RMS ${rms})`);
  assert.notEqual(speech.voice, "");
}

function assertBounded({ audio, phonemes = [] }: Speech): void {
  assert.ok(audio.sampleRate >= 8000 && audio.sampleRate <= 192_000, `${audio.sampleRate} Hz`);
  const duration = durationOf(audio);
  assert.ok(duration > 0 && duration <= LONGEST_SECONDS, `${duration} s`);
  assert.ok(audio.samples.every((sample) => Math.abs(sample) <= 1));
  let position = 0;
  for (const { symbol, start, end } of phonemes) {
    assert.match(symbol, /^[^()\s]+$/);
    assert.ok(start >= position && end > start, `${symbol} at ${start}..${end} after ${position}`);
    position = end;
  }
  assert.ok(position <= duration, `the last phoneme ends at ${position} of ${duration} s`);
}

function assertRefusal(error: Error): void {
  assert.ok(error instanceof AppError, `no AppError: ${error.stack}`);
  assert.ok(
    ["SPEECH_FAILED", "SPEECH_UNUSABLE", "INVALID_OPTION"].includes(error.code),
    error.code,
  );
  assert.ok(error.message.length < 400 && !error.message.includes("\n"), error.message);
}

/** Some engines vary a little each time. */
function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 0.05 * expected, `${actual} s, expected ${expected} s`);
}
