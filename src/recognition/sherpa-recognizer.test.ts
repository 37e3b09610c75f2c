import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Audio } from "../domain/audio.ts";
import {
  addRecognizer,
  addVoice,
  type HeardToken,
} from "../speech/sherpa/testing/made-up-models.ts";
import { createSherpaRecognizer } from "./sherpa-recognizer.ts";

const TOKENS: HeardToken[] = [
  { token: "▁pri", bands: [9, 11] },
  { token: "ya", bands: [27, 29] },
  { token: "▁ann", bands: [53, 55] },
];
const HZ = { pri: 300, ya: 1000, ann: 3000 };
const { signal } = new AbortController();

let models: string;
before(() => {
  models = mkdtempSync(join(tmpdir(), "recognizers "));
  addRecognizer(models, "made up-zipformer-ctc-en", TOKENS);
  addVoice(models, "vits-made-up-de");
});
after(() => rmSync(models, { recursive: true, force: true }));

/** Tones of `[Hz, seconds]`; 0 Hz is silence. */
function sound(parts: [hz: number, seconds: number][], sampleRate = 16_000): Audio {
  const samples = parts.flatMap(([hz, seconds]) =>
    Array.from(
      { length: Math.round(seconds * sampleRate) },
      (_, index) => 0.4 * Math.sin((2 * Math.PI * hz * index) / sampleRate),
    ),
  );
  return { samples: Float32Array.from(samples), sampleRate };
}

const GREETING: [number, number][] = [
  [0, 0.3],
  [HZ.pri, 0.2],
  [HZ.ya, 0.2],
  [0, 0.3],
  [HZ.ann, 0.3],
  [0, 0.3],
];

test("what is heard is written down with the times of its words, whatever the sample rate", async () => {
  const recognizer = createSherpaRecognizer({ models, threads: 1 });
  try {
    assert.deepEqual(recognizer.pids(), [], "no process before the first sound");
    for (const rate of [16_000, 48_000, 22_050]) {
      const transcript = await recognizer.transcribe(sound(GREETING, rate), {
        language: "en",
        signal,
      });
      assert.equal(transcript.text, "priya ann");
      const [priya, ann] = transcript.words ?? [];
      assert.ok(priya && ann);
      assert.deepEqual([priya.text, ann.text], ["priya", "ann"]);
      assert.ok(Math.abs(priya.start - 0.3) < 0.06 && Math.abs(ann.start - 1) < 0.06);
      assert.ok(priya.end > 0.6 && priya.end <= ann.start && ann.end <= 1.6);
    }
  } finally {
    await recognizer.close();
  }
});

test("a long sound is heard in parts, and its words keep their places", async () => {
  const recognizer = createSherpaRecognizer({ models, threads: 1 });
  const far: [number, number][] = [...GREETING, [0, 33], [HZ.ann, 0.3], [0, 1]];
  const { text, words } = await recognizer.transcribe(sound(far), { language: "en-GB", signal });
  await recognizer.close();
  assert.equal(text, "priya ann ann");
  assert.ok(Math.abs((words?.[2]?.start ?? 0) - 34.6) < 0.06);
});

test("silence and next to nothing are heard as nothing", async () => {
  const recognizer = createSherpaRecognizer({ models, threads: 1 });
  for (const seconds of [0, 0.01, 0.1, 1]) {
    const heard = await recognizer.transcribe(sound([[0, seconds]]), { language: "en", signal });
    assert.equal(heard.text, "");
  }
  await recognizer.close();
});

test("a language or a model that is not there is told with what there is", async () => {
  const recognizer = createSherpaRecognizer({ models });
  await assert.rejects(recognizer.transcribe(sound(GREETING), { language: "hi", signal }), {
    code: "RECOGNITION_FAILED",
    message: /knows the language "hi": there are "made up-zipformer-ctc-en"/,
  });
  for (const [model, why] of [
    ["vits-made-up-de", "is a voice"],
    ["whisper", "is not there"],
  ] as const) {
    const other = createSherpaRecognizer({ models, model });
    await assert.rejects(other.transcribe(sound(GREETING), { language: "en", signal }), {
      code: "RECOGNITION_FAILED",
      message: `the recognition model "${model}" ${why}: name another one`,
    });
  }
  const aborted = AbortSignal.abort();
  await assert.rejects(
    recognizer.transcribe(sound(GREETING), { language: "en", signal: aborted }),
    { code: "CANCELLED" },
  );
  assert.deepEqual(recognizer.pids(), []);
});

test("a model that ends its process costs that process alone, and is not tried again", async () => {
  const folder = addRecognizer(models, "broken-zipformer-ctc-fr", TOKENS);
  // The engine asks for a blank among the tokens, and ends its process when there is none.
  writeFileSync(join(folder, "tokens.txt"), "a 0\nb 1\nc 2\nd 3\n");
  const recognizer = createSherpaRecognizer({ models, threads: 1 });
  const failed = {
    code: "RECOGNITION_FAILED",
    message:
      /^the model "broken-zipformer-ctc-fr" cannot be loaded: the speech recogniser ended \(exit code \d+: .*blank.*twice: unpack/,
  };
  const listen = (language: string) => recognizer.transcribe(sound(GREETING), { language, signal });
  await assert.rejects(listen("fr"), failed);
  assert.deepEqual(recognizer.pids(), []);
  await assert.rejects(listen("fr"), failed);
  assert.deepEqual(recognizer.pids(), [], "it is not tried again");
  assert.equal((await listen("en")).text, "priya ann");
  await recognizer.close();
});

test("a model whose files change is loaded anew", async () => {
  addRecognizer(models, "changing-zipformer-ctc-it", TOKENS);
  const moment = { now: 0 };
  const recognizer = createSherpaRecognizer({ models, threads: 1, clock: () => moment.now });
  const listen = async () =>
    (await recognizer.transcribe(sound(GREETING), { language: "it", signal })).text;
  assert.equal(await listen(), "priya ann");
  const others = TOKENS.map((one) => ({ ...one, token: one.token.toUpperCase() }));
  addRecognizer(models, "changing-zipformer-ctc-it", [...others, { token: "▁x", bands: [70, 72] }]);
  moment.now = 60_000;
  assert.equal(await listen(), "PRIYA ANN");
  await recognizer.close();
});
