import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import { answerTurn, limitSpoken, type TurnOptions } from "./answer-turn.ts";
import { fakeAnswer, fakeSpeech } from "./testing/fake-models.ts";

const { signal } = new AbortController();

function turnOf(pieces: readonly string[], changes: Partial<TurnOptions> = {}) {
  return answerTurn({
    answer: (ends) => fakeAnswer(pieces, ends),
    speak: async (text) => fakeSpeech(text),
    maxSpoken: 500,
    clauses: { firstLength: Number.POSITIVE_INFINITY },
    signal,
    ...changes,
  });
}
const textsOf = async (turn: ReturnType<typeof answerTurn>) =>
  (await Array.fromAsync(turn.clauses)).map(({ text }) => text);

test("a clause is spoken while the next one is written", async () => {
  const gate = Promise.withResolvers<void>();
  const spoken: string[] = [];
  const { clauses } = turnOf([], {
    answer: () => ({
      text: (async function* () {
        yield "One is here. Two";
        await gate.promise;
        yield " is late.";
      })(),
      end: Promise.resolve({ tokensUsed: 7, finish: "stop", sources: [] }),
    }),
    speak: async (text) => {
      spoken.push(text);
      return fakeSpeech(text);
    },
  });
  assert.equal((await clauses.next()).value?.text, "One is here.");
  assert.deepEqual(spoken, ["One is here."]);
  gate.resolve();
  assert.equal((await clauses.next()).value?.text, "Two is late.");
});

test("the whole text is told with what the provider counted, and heard while it is written", async () => {
  const heard: string[] = [];
  const turn = turnOf(["Hello the", "re. **Bye**."], { onText: (piece) => heard.push(piece) });
  assert.deepEqual(await textsOf(turn), ["Hello there.", "Bye."]);
  assert.deepEqual(await turn.end, {
    ...{ text: "Hello there. **Bye**.", tokensUsed: 2, finish: "stop", sources: [], warnings: [] },
  });
  assert.deepEqual(heard, ["Hello the", "re. **Bye**."]);
});

test("only so much is spoken, in whole sentences, and it is told what is not", async () => {
  const turn = turnOf(["One two three. Four five six. Seven."], { maxSpoken: 30 });
  assert.deepEqual(await textsOf(turn), ["One two three.", "Four five six."]);
  const { text, warnings } = await turn.end;
  assert.equal(text, "One two three. Four five six. Seven.");
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["SPEECH_CUT_SHORT"],
  );
  assert.match(warnings[0]?.message ?? "", /first 28 characters .* at most 30/);
  assert.deepEqual(await textsOf(turnOf(["One two three four"], { maxSpoken: 10 })), ["One two"]);
});

test("a part that no voice can say is left out with a warning; nothing sayable is an error", async () => {
  const speak = async (text: string) => {
    if (text.includes("x")) throw new AppError("SPEECH_FAILED", "no voice speaks x");
    return fakeSpeech(text);
  };
  const turn = turnOf(["One. Xx x. Two."], { speak });
  assert.deepEqual(await textsOf(turn), ["One.", "Two."]);
  assert.match((await turn.end).warnings[0]?.message ?? "", /no voice speaks x/);
  await assert.rejects(textsOf(turnOf(["x."], { speak })), { code: "SPEECH_FAILED" });
  await assert.rejects(textsOf(turnOf(["🎉"])), { code: "LANGUAGE_FAILED" });
});

test("failures of the voice and of the language model end the turn", async () => {
  const speak = async () => {
    throw new AppError("SPEECH_REFUSED", "quota");
  };
  await assert.rejects(textsOf(turnOf(["One. Two."], { speak })), { code: "SPEECH_REFUSED" });
  const failing = turnOf([], {
    answer: () => {
      const error = new AppError("LANGUAGE_FAILED", "no answer");
      const end = Promise.reject(error);
      end.catch(() => {});
      return {
        text: (async function* () {
          yield "One. T";
          throw error;
        })(),
        end,
      };
    },
  });
  await assert.rejects(textsOf(failing), { code: "LANGUAGE_FAILED" });
  await assert.rejects(failing.end, { code: "LANGUAGE_FAILED" });
});

test("who leaves early ends the language model and the voice", async () => {
  let ended: AbortSignal | undefined;
  const turn = turnOf([], {
    answer: (ends) => {
      ended = ends;
      return fakeAnswer(["One. Two. ", "Three."], ends);
    },
  });
  for await (const clause of turn.clauses) {
    assert.equal(clause.text, "One.");
    break;
  }
  assert.ok(ended?.aborted);
});

test("a text that is given is cut at a sentence, or else at a word", () => {
  assert.deepEqual(limitSpoken("Short.", 10), { text: "Short.", warnings: [] });
  assert.equal(limitSpoken("One two. Three four five six", 14).text, "One two.");
  assert.equal(limitSpoken("One two three four five six", 14).text, "One two three");
  assert.equal(limitSpoken("字".repeat(20), 14).text, "字".repeat(14));
});
