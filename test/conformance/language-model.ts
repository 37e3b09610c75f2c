import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AppError } from "../../src/domain/app-error.ts";
import type {
  AnswerEnd,
  LanguageAnswer,
  LanguageModel,
  LanguageRequest,
} from "../../src/ports/language-model.ts";

export type LanguageSubject = {
  model: LanguageModel;
  /** What it can answer, each with what every good answer has; one in English and one in Hindi at least. */
  questions: { text: string; answer: RegExp }[];
  /** A question that only makes sense after the first of `questions`. */
  followUp: { text: string; answer: RegExp };
  /** A question whose answer has more than this many tokens, which is at least 10. */
  long: { text: string; maxTokens: number };
};

const HOSTILE: [string, string][] = [
  ["a tag", "<script>alert(1)</script> {{name}} {0}"],
  ["a path", "../../etc/passwd"],
  ["control characters", "Pri\u0000ya\u0007\u001b[31m\n\t"],
  ["half a surrogate pair", "Priya \ud83d"],
  ["only emoji", "😀🎉👨‍👩‍👧"],
  ["only punctuation", "... !?"],
  ["a pattern", "(a+)+$ [^\\]*** ((("],
  ["names of prototypes", "constructor __proto__ toString hasOwnProperty"],
  ["2,000 letters", "a".repeat(2000)],
  ["2,000 characters of words", "what is ".repeat(250)],
];

/** What every language model must keep to. `makeModel` is called twice; both models are closed. */
export function languageModelConformance(
  name: string,
  makeModel: () => LanguageSubject | Promise<LanguageSubject>,
): void {
  describe(`${name} is a language model`, () => {
    let subject: LanguageSubject;
    const answer = (request: Partial<LanguageRequest>, signal = new AbortController().signal) =>
      subject.model.answer(asked(request), { signal });
    const ask = (text: string, more: Partial<LanguageRequest> = {}) =>
      readAnswer(answer({ messages: [{ role: "user", text }], ...more }));
    const first = () => questionAt(subject, 0);

    before(async () => {
      subject = await makeModel();
    });
    after(() => subject.model.close());

    test("it answers in pieces, none empty, and tells how it ended", async () => {
      assert.ok(subject.questions.length >= 2, "the subject brings two questions");
      for (const { text, answer: expected } of subject.questions) {
        const { pieces, end } = await ask(text);
        assert.match(pieces.join(""), expected);
        assert.ok(pieces.length > 1 && pieces.every((piece) => piece !== ""));
        assert.equal(end.finish, "stop");
        assert.ok(Number.isInteger(end.tokensUsed) && end.tokensUsed > 0, `${end.tokensUsed}`);
        for (const source of end.sources) assert.ok(source.title !== "" && source.file !== "");
      }
    });

    test("what was said before is taken into account", async () => {
      const { text, answer: expected } = first();
      const { pieces } = await readAnswer(
        answer({
          messages: [
            { role: "user", text },
            { role: "assistant", text: (await ask(text)).pieces.join("") },
            { role: "user", text: subject.followUp.text },
          ],
        }),
      );
      assert.match(pieces.join(""), subject.followUp.answer);
      assert.match((await ask(text)).pieces.join(""), expected);
    });

    test("a system text and a temperature are taken", async () => {
      const { text, answer: expected } = first();
      const { pieces } = await ask(text, { system: "Be kind.", temperature: 2 });
      assert.match(pieces.join(""), expected);
    });

    test("an answer is cut at maxTokens and says so", async () => {
      const { text, maxTokens } = subject.long;
      const { pieces, end } = await ask(text, { maxTokens });
      assert.equal(end.finish, "length");
      assert.ok(pieces.join("").split(/\s+/u).filter(Boolean).length <= maxTokens);
    });

    test("two at a time get each their own answer", async () => {
      const both = [first(), questionAt(subject, 1), first(), questionAt(subject, 1)];
      const answers = await Promise.all(both.map(({ text }) => ask(text)));
      for (const [index, { pieces }] of answers.entries()) {
        assert.match(pieces.join(""), both[index]?.answer ?? /^$/u);
      }
    });

    test("one that was cancelled before is not begun", async () => {
      const messages = [{ role: "user" as const, text: first().text }];
      const cancelled = answer({ messages }, AbortSignal.abort());
      await assert.rejects(readAnswer(cancelled), { code: "CANCELLED" });
      await assert.rejects(cancelled.end, { code: "CANCELLED" });
    });

    test("cancelled in the middle it ends with CANCELLED, never as if it were over", async () => {
      const controller = new AbortController();
      const messages = [{ role: "user" as const, text: first().text }];
      const running = answer({ messages }, controller.signal);
      const read = async () => {
        for await (const _ of running.text) controller.abort();
      };
      await assert.rejects(read(), { code: "CANCELLED" });
      await assert.rejects(running.end, { code: "CANCELLED" });
      assert.match((await ask(first().text)).pieces.join(""), first().answer);
    });

    test("one that is not read to its end is given up", async () => {
      const messages = [{ role: "user" as const, text: first().text }];
      const left = answer({ messages });
      for await (const _ of left.text) break;
      await assert.rejects(left.end, { code: "CANCELLED" });
    });

    for (const [kind, text] of HOSTILE) {
      test(`${kind} as a question is answered, or refused with a reason`, async () => {
        const outcome = await ask(text).catch((thrown: unknown) => thrown);
        if (!(outcome instanceof Error)) return;
        assert.ok(outcome instanceof AppError, `no AppError: ${outcome.stack}`);
        assert.match(outcome.code, /^LANGUAGE_/u);
        assert.ok(outcome.message.length < 400 && !outcome.message.includes("\n"));
      });
    }

    test("closing ends what is under way, and nothing is answered afterwards", async () => {
      const closing = await makeModel();
      const { signal } = new AbortController();
      const request = asked({ messages: [{ role: "user", text: questionAt(closing, 0).text }] });
      const running = closing.model.answer(request, { signal });
      const read = async () => {
        for await (const _ of running.text) await closing.model.close();
      };
      await assert.rejects(read(), { code: "CANCELLED" });
      await assert.rejects(readAnswer(closing.model.answer(request, { signal })), AppError);
      await closing.model.close();
    });
  });
}

/** A request with what tests do not care for filled in. */
export function asked(request: Partial<LanguageRequest>): LanguageRequest {
  return { system: "", messages: [], maxTokens: 1024, temperature: 0.7, ...request };
}

/** An answer's pieces and its end; rejects as its text does. */
export async function readAnswer(
  answer: LanguageAnswer,
): Promise<{ pieces: string[]; end: AnswerEnd }> {
  const pieces: string[] = [];
  for await (const piece of answer.text) pieces.push(piece);
  return { pieces, end: await answer.end };
}

function questionAt({ questions }: LanguageSubject, index: number) {
  const found = questions[index];
  assert.ok(found, "the subject brings enough questions");
  return found;
}
