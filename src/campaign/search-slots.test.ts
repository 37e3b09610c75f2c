import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import type { Analysis, LocatedSpeech, LocateRequest, MediaEngine } from "../ports/media-engine.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import { fakeModel, tone } from "../speech/testing/fake-speech.ts";
import { type SlotSearch, searchSlots } from "./search-slots.ts";

const PAUSES: Analysis = { duration: 10, silences: [], shortSilences: [], peakDb: -6 };

type Scene = {
  /** What is found of the texts, by what the base is asked to say. */
  found: Partial<Record<LocateRequest["says"], (LocatedSpeech | null)[]>>;
  /** What a recogniser writes down; an error it fails with. Absent: there is none. */
  written?: string | AppError;
};

function search({ found, written }: Scene, request: Partial<SlotSearch>) {
  const asked: LocateRequest["says"][] = [];
  const warnings: string[] = [];
  const reference = fakeModel(() => tone({ seconds: 1 }));
  const media: Partial<MediaEngine> = {
    async locate(_base, { says }) {
      asked.push(says);
      return found[says] ?? [];
    },
    decodeAudio: async () => tone({ seconds: 1 }),
  };
  const recognizer: SpeechRecognizer = {
    provider: "fake",
    async transcribe() {
      if (written instanceof AppError) throw written;
      return { text: written ?? "" };
    },
    close: async () => {},
  };
  const slots = searchSlots(
    {
      media: media as MediaEngine, // nothing else of it is used
      reference,
      ...(written !== undefined && { recognizer }),
    },
    {
      base: "base.mp4",
      pauses: PAUSES,
      transcript: undefined,
      words: null,
      language: "en",
      call: { signal: new AbortController().signal },
      onWarning: ({ message }) => warnings.push(message),
      ...request,
    },
  );
  const texts = () => reference.requests.map(({ text }) => text);
  return { slots, asked, warnings, texts };
}

const at = (start: number, end: number, confidence = 0.95) => ({ start, end, confidence });
const places = async (slots: ReturnType<typeof searchSlots>) =>
  (await slots).map(({ start, end, foundBy }) => `${start}-${end} ${foundBy}`);

test("what a transcript has in braces is replaced", async () => {
  const { slots, texts } = search(
    { found: { text: [at(1, 1.5)] } },
    { transcript: "Hello {Rahul}, welcome", words: null },
  );
  assert.deepEqual(await places(slots), ["1-1.5 transcript"]);
  assert.deepEqual(new Set(texts()), new Set(["Hello Rahul, welcome"]));
});

test("without braces the spoken name, the markers or a word NAME are looked for in the transcript", async () => {
  const found = { text: [at(1, 1.5)] };
  const rahul = search({ found }, { transcript: "Hello Rahul", words: ["rahul"] });
  assert.deepEqual(await places(rahul.slots), ["1-1.5 transcript"]);
  const marker = search({ found }, { transcript: "Hello NAME1" });
  await marker.slots;
  assert.equal(marker.texts()[0], "Hello name one");
  const two = search(
    { found: { text: [at(1, 1.5), at(3, 4)] } },
    { transcript: "Hello NAME1, from NAME2", words: ["NAME1", "NAME2"] },
  );
  assert.deepEqual(await places(two.slots), ["1-1.5 transcript", "3-4 transcript"]);
});

test("a transcript that does not say what is replaced is refused by the name of what is missing", async () => {
  for (const [request, message] of [
    [{ transcript: "Hello there" }, /where the name is/u],
    [{ transcript: "Hello NAME1", words: ["NAME1", "NAME2"] }, /"NAME2"/u],
    [{ transcript: "Hello {A}", words: ["NAME1", "NAME2"] }, /"NAME2"/u],
    [{ transcript: "{A} and {B}" }, /marks 2 places .* 1 is replaced/u],
  ] as const) {
    await assert.rejects(search({ found: {} }, request).slots, {
      code: "INVALID_OPTION",
      message,
    });
  }
});

test("a place below the gate is asked about with the best guess, and never cut", async () => {
  const request = { transcript: "Hello {Rahul}" };
  await assert.rejects(search({ found: { text: [at(1, 1.5, 0.4)] } }, request).slots, {
    code: "SLOT_UNSURE",
    message: /"Rahul".*base\.mp4.*1\.00-1\.50 s, 40 % sure, 70 % are needed.*--slot/u,
  });
  await assert.rejects(search({ found: { text: [null] } }, request).slots, {
    code: "SLOT_UNSURE",
  });
  await assert.rejects(
    search({ found: { words: [at(1, 1.5, 0.7)] } }, { words: ["Rahul"] }).slots,
    {
      code: "SLOT_UNSURE",
      message: /base_transcript/u,
    },
  );
});

test("the marker that cannot be found is named, and so is one that is heard before its time", async () => {
  const words = ["NAME1", "NAME2"];
  await assert.rejects(search({ found: { words: [at(1, 1.5), at(3, 4, 0.2)] } }, { words }).slots, {
    code: "SLOT_UNSURE",
    message: /^"NAME2" was not found/u,
  });
  await assert.rejects(search({ found: { words: [at(3, 3.5), at(1, 2)] } }, { words }).slots, {
    code: "SLOT_UNSURE",
    message: /^"NAME2" was found at 1\.00 s .*before/u,
  });
});

test("a recogniser writes down what is said, and the words are found by that", async () => {
  const found = { text: [at(1, 1.5)], words: [at(7, 8)] };
  const heard = search({ found, written: "hello, Rahul. Welcome" }, { words: ["Rahul"] });
  assert.deepEqual(await places(heard.slots), ["1-1.5 recognised"]);
  assert.equal(heard.texts()[0], "hello, Rahul. Welcome");
});

test("what a recogniser does not hear is searched for by its sound", async () => {
  const found = { text: [at(1, 1.5, 0.3)], words: [at(7, 8)] };
  const misheard = search({ found, written: "hello raw hull" }, { words: ["Rahul"] });
  assert.deepEqual(await places(misheard.slots), ["7-8 keyword"]);
  assert.deepEqual(misheard.asked, ["words"]);
  const unsure = search({ found, written: "hello Rahul" }, { words: ["Rahul"] });
  assert.deepEqual(await places(unsure.slots), ["7-8 keyword"]);
  const broken = new AppError("RECOGNITION_FAILED", "the model is broken");
  const failed = search({ found, written: broken }, { words: ["Rahul"] });
  assert.deepEqual(await places(failed.slots), ["7-8 keyword"]);
  assert.match(failed.warnings.join(), /the model is broken/u);
});

test("a base longer than what is searched is not said to lack the words", async () => {
  const pauses = { ...PAUSES, duration: 1200 };
  const { slots } = search({ found: { words: [null] } }, { words: ["Rahul"], pauses });
  await assert.rejects(slots, { message: /first 10 minutes/u });
});
