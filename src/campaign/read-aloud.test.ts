import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import type { SpeechModel, SpeechRequest } from "../ports/speech-model.ts";
import { fakeModel, tone } from "../speech/testing/fake-speech.ts";
import { inCarrier, nearMark, readAloud } from "./read-aloud.ts";

const signal = new AbortController().signal;
const sought = ({ text, mark }: { text: string; mark: { from: number; to: number } }) =>
  text.slice(mark.from, mark.to);

/** Every character takes 0.1 s; words of `untimed` are not told. */
function reader({ variants = true, untimed = "" } = {}): SpeechModel & {
  requests: SpeechRequest[];
} {
  const model = fakeModel(({ text }) => tone({ seconds: text.length / 10 }));
  return {
    ...model,
    async speak(request, options) {
      if (request.voice?.includes("+") && !variants) {
        throw new AppError("VOICE_UNKNOWN", "no such voice");
      }
      const speech = await model.speak(request, options);
      const words = [...request.text.matchAll(/\p{L}+/gu)].flatMap(({ 0: word, index }) => {
        const [from, to] = [index, index + word.length];
        return word === untimed ? [] : [{ from, to, start: from / 10, end: to / 10 }];
      });
      return { ...speech, words };
    },
  };
}

test("a passage is cut to whole words around what is sought, which stays as it is", () => {
  const text = `${"begin ".repeat(40)}Hello Rahul, ${"later ".repeat(40)}`;
  const from = text.indexOf("Rahul");
  const near = nearMark({ text, mark: { from, to: from + 5 } });
  assert.equal(sought(near), "Rahul");
  assert.match(near.text, /^begin (begin )*Hello Rahul, (later )*later$/u);
  assert.ok(near.text.length > 250 && near.text.length < 330, `${near.text.length}`);
  const short = { text: "Hello NAME1!", mark: { from: 6, to: 11 } };
  assert.deepEqual(nearMark(short), { text: "Hello name one!", mark: { from: 6, to: 14 } });
});

test("words sought alone are read in a sentence of their script; others have none", () => {
  for (const words of ["Rahul", "NAME2", "José García", "राहुल"]) {
    const passage = inCarrier(words);
    assert.ok(passage && passage.text.length > 80, words);
    assert.equal(sought(passage), words === "NAME2" ? "name two" : words);
  }
  assert.equal(inCarrier("Иван"), null);
});

test("a passage is read by two voices, and the times are those of the words that are sought", async () => {
  const model = reader();
  const text = "Hello name one, welcome";
  const passage = { text, mark: { from: 6, to: 14 } };
  const readings = await readAloud(model, passage, { language: "en", signal });
  assert.deepEqual(
    readings.map(({ span }) => span),
    [
      { start: 0.6, end: 1.4 },
      { start: 0.6, end: 1.4 },
    ],
  );
  assert.deepEqual(
    model.requests.map(({ voice }) => voice),
    [undefined, "fake+m7"],
  );
});

test("a voice without that variant reads once, and a word that is not timed lies between its neighbours", async () => {
  const model = reader({ variants: false, untimed: "Rahul" });
  const passage = { text: "Hello Rahul, welcome", mark: { from: 6, to: 11 } };
  const readings = await readAloud(model, passage, { language: "en", signal });
  assert.deepEqual(
    readings.map(({ span }) => span),
    [{ start: 0.5, end: 1.3 }],
  );
});
