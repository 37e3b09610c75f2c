import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeMedia } from "../../test/support/make-media.ts";
import { annotate } from "../domain/pronunciation.ts";
import type { Slot } from "../domain/slot.ts";
import type { Template } from "../domain/template.ts";
import { createMediaEngine, type PooledMediaEngine } from "../media/media-engine.ts";
import { type FakeModel, fakeModel, tone } from "../speech/testing/fake-speech.ts";
import { campaignOptionsSchema } from "./campaign-options.ts";
import type { NameCheck } from "./check-name.ts";
import { createRecipientRenderer } from "./render-recipient.ts";

/** Room for a name of 1.2 s: the pause after the slot without the breath and the fade. */
const SLOT: Slot = {
  start: 0.4,
  end: 1.2,
  room: { start: 0, end: 1.662 },
  foundBy: "silence",
  confidence: 0.7,
};
const ROOM_SECONDS = 1.2;

let folder = "";
let media: PooledMediaEngine;
let template: Template;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "render-recipient-test-"));
  media = createMediaEngine({ workers: 1 });
  const { file } = makeMedia({
    file: path.join(folder, "base.mp4"),
    container: "mp4",
    video: { codec: "h264" },
    audio: { codec: "aac", sampleRate: 44_100, channels: 1 },
    sound: [
      { kind: "silence", seconds: 0.4 },
      { kind: "speech", seconds: 0.8 },
      { kind: "silence", seconds: 0.6 },
      { kind: "speech", seconds: 1 },
    ],
  });
  ({ template } = await media.compile(
    {
      id: "0123abcd",
      base: file,
      output: "mp4",
      slots: [{ slot: SLOT, editable: { start: 0.2, end: 1.7, growable: false }, pictures: null }],
      video: "auto",
      folder: path.join(folder, "template"),
      workFolder: path.join(folder, "template.part"),
    },
    { signal },
  ));
});
after(async () => {
  await media.close();
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();

function rendererFor(speech: FakeModel, checkName: NameCheck | null = null) {
  const options = campaignOptionsSchema.parse({ insertMode: "gold", lang: "hi", voice: "anna" });
  return createRecipientRenderer({
    media,
    speech,
    checkName,
    options,
    lipSync: null,
    slots: [SLOT],
    template,
  });
}

/** A voice that says everything in `seconds` at its natural speed. */
const voiceOf = (seconds: number, obeysSpeed = true) =>
  fakeModel(({ speed = 1 }) => tone({ seconds: seconds / (obeysSpeed ? speed : 1) }));

test("a name is spoken in the campaign's voice and language and told with its place and pace", async () => {
  const speech = voiceOf(0.8);
  const { rendered, slot, clipSeconds, stretch, warnings } = await rendererFor(speech).render(
    "Amit",
    signal,
  );
  assert.deepEqual(speech.requests, [{ text: "Amit", language: "hi", voice: "anna" }]);
  assert.ok(Math.abs(clipSeconds - 0.8) < 0.02 && Math.abs(stretch - 1) < 0.03);
  assert.ok(slot.start > 0.35 && slot.start <= 0.4 + 1e-4 && slot.end - slot.start === clipSeconds);
  assert.equal(rendered.rendition.size, template.sizeBytes);
  assert.deepEqual(warnings, []);
});

test("the quiet at both ends of what a voice returns is no part of the name", async () => {
  const padded = fakeModel(() => {
    const { samples, sampleRate } = tone({ seconds: 0.8 });
    const whole = new Float32Array(samples.length + 2 * sampleRate);
    whole.set(samples, sampleRate);
    return { samples: whole, sampleRate };
  });
  const { clipSeconds } = await rendererFor(padded).render("Amit", signal);
  assert.ok(Math.abs(clipSeconds - 0.8) < 0.03, `${clipSeconds} s`);
});

test("equal texts are rendered once, also when they are asked for at the same time", async () => {
  const speech = voiceOf(0.8);
  const renderer = rendererFor(speech);
  const [first, second, other] = await Promise.all([
    ...["Amit", "Amit", "Priya"].map((text) => renderer.render(text, signal)),
  ]);
  assert.equal(first, second);
  assert.notEqual(first, other);
  assert.equal(speech.requests.length, 2);
});

test("a text that failed is tried again when it is asked for again", async () => {
  const speech = fakeModel((_, number) => {
    if (number === 1) throw new Error("busy");
    return tone({ seconds: 0.8 });
  });
  const renderer = rendererFor(speech);
  await assert.rejects(renderer.render("Amit", signal), /busy/);
  await renderer.render("Amit", signal);
  assert.equal(speech.requests.length, 2);
});

test("a name too long for its slot is spoken faster, by as much as it must be, and that is told", async () => {
  const speech = voiceOf(1.4 * 1.3 * ROOM_SECONDS);
  const { clipSeconds, stretch, warnings } = await rendererFor(speech).render("Amit", signal);
  const { speed = 1 } = speech.requests[1] ?? {};
  assert.ok(speed > 1.4 && speed <= 1.6, `asked for ${speed}`);
  assert.ok(stretch <= 1.3 + 1e-3 && clipSeconds <= ROOM_SECONDS);
  assert.deepEqual(
    warnings.map(({ message }) => message),
    [`spoken ${speed.toFixed(2)} times as fast to fit`],
  );
});

test("a name that would have to be rushed, or a voice that cannot hurry, is refused with both lengths", async () => {
  const tooLong = { code: "NAME_TOO_LONG", message: /"Amit" takes \d\.\d\d s .* holds 1\.5\d s/ };
  const rushed = voiceOf(2 * 1.3 * ROOM_SECONDS);
  await assert.rejects(rendererFor(rushed).render("Amit", signal), tooLong);
  assert.equal(rushed.requests.length, 1, "it was not spoken in vain");
  await assert.rejects(rendererFor(voiceOf(1.9, false)).render("Amit", signal), tooLong);
});

test("silence instead of a name is refused", async () => {
  const silent = fakeModel(() => ({ samples: new Float32Array(16_000), sampleRate: 16_000 }));
  await assert.rejects(rendererFor(silent).render("Amit", signal), { code: "SPEECH_UNUSABLE" });
});

test("a check hears the name as the output says it, and what it heard instead is told", async () => {
  const heard: { text: string; seconds: number; level: number }[] = [];
  const renderer = rendererFor(voiceOf(0.8), async ({ samples, sampleRate }, { text }) => {
    const level = Math.max(...samples.map(Math.abs));
    heard.push({ text, seconds: samples.length / sampleRate, level });
    if (text === "Priya") return "Riya";
    return text === "Neha" ? Promise.reject(new Error("out of memory")) : null;
  });
  const warned = async (text: string) =>
    (await renderer.render(text, signal)).warnings.map(({ message }) => message);
  assert.deepEqual(await warned("Amit"), []);
  assert.deepEqual(await warned("Priya"), ['a recogniser heard "Riya" instead of "Priya"']);
  assert.deepEqual(await warned("Neha"), ["the name could not be verified: out of memory"]);
  for (const { seconds, level } of heard) {
    assert.ok(Math.abs(seconds - 1) < 0.03, `${seconds} s: the name and 0.1 s on each side`);
    assert.ok(level > 0.01);
  }
});

test("a name that carries its sound is asked for by how it is written, with the sound beside it", async () => {
  const speech = voiceOf(0.8);
  await rendererFor(speech).render(annotate("Siobhan", "ʃɪˈvɔːn"), signal);
  assert.deepEqual(speech.requests, [
    {
      text: "Siobhan",
      language: "hi",
      voice: "anna",
      pronunciations: [{ written: "Siobhan", ipa: "ʃɪˈvɔːn" }],
    },
  ]);
});
