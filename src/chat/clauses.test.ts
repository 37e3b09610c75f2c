import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ClauseOptions, splitClauses, type Wait } from "./clauses.ts";

const SENTENCES = { firstLength: Number.POSITIVE_INFINITY };
/** A clock that never runs out. */
const patient: Wait = (_ms, signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

/** The clauses, which have to be the same however the text comes. */
async function clausesOf(text: string, options: ClauseOptions = SENTENCES): Promise<string[]> {
  const ways = await Promise.all(
    [1, 3, 7, 10_000].map((size) =>
      Array.fromAsync(splitClauses(pieces(text, size), { wait: patient, ...options })),
    ),
  );
  for (const way of ways) assert.deepEqual(way, ways[0]);
  return ways[0] ?? [];
}

describe("a text is cut into sentences", () => {
  for (const [what, text, expected] of [
    ["at marks", "One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]],
    ["not in numbers", "It is 3.14 or 1,000.5 now. Yes.", ["It is 3.14 or 1,000.5 now.", "Yes."]],
    [
      "not in abbreviations",
      "Dr. Rao met Mr. J. Smith, e.g. here. Then he left.",
      ["Dr. Rao met Mr. J. Smith, e.g. here.", "Then he left."],
    ],
    [
      "not in addresses",
      "See docs.example.com today. Bye.",
      ["See docs.example.com today.", "Bye."],
    ],
    ["of Hindi", "नमस्ते।आप कैसे हैं? डॉ. शर्मा यहाँ हैं।", ["नमस्ते।", "आप कैसे हैं?", "डॉ. शर्मा यहाँ हैं।"]],
    ["of Chinese", "你好！今天天气很好。再见", ["你好！", "今天天气很好。", "再见"]],
    ["of Arabic", "كيف حالك؟ أنا بخير.", ["كيف حالك؟", "أنا بخير."]],
    ["with the quotation marks that end them", '"Come in." She sat.', ['"Come in."', "She sat."]],
    [
      "at the ends of lines",
      "- First thing\n- Second thing\n\n1. A number",
      ["First thing", "Second thing", "1. A number"],
    ],
  ] as const) {
    test(what, async () => assert.deepEqual(await clausesOf(text), expected));
  }
});

test("the first clause ends early, at a mark or at a word, and later ones with their sentences", async () => {
  const early = { firstLength: 12 };
  assert.deepEqual(await clausesOf("Yes, we can, of course. Ask more, please.", early), [
    "Yes,",
    "we can, of course.",
    "Ask more, please.",
  ]);
  assert.deepEqual(await clausesOf("Opening hours are from nine to five daily.", early), [
    "Opening hours",
    "are from nine to five daily.",
  ]);
});

test("a sentence without an end is cut at a mark or a space, and one without spaces anyway", async () => {
  const long = `${"word ".repeat(30)}and more, ${"word ".repeat(30)}`;
  const clauses = await clausesOf(long, { ...SENTENCES, maxLength: 100 });
  assert.ok(clauses.every(({ length }) => length <= 100));
  assert.equal(clauses.join(" "), long.trim());
  const han = "字".repeat(250);
  assert.equal((await clausesOf(han, { ...SENTENCES, maxLength: 100 })).join(""), han);
});

test("marks, links, code fences and emoji are not spoken, and what is nothing else is left out", async () => {
  assert.deepEqual(
    await clausesOf(
      "## **Hello** 👋🏽\n***\n🎉!\nSee [the docs](https://a.example/x?y=1) or `npm i`.\n",
    ),
    ["Hello", "See the docs or npm i."],
  );
});

test("a text that stands still is spoken as far as its words are whole", async () => {
  const waits: (() => void)[] = [];
  const wait: Wait = (_ms, signal) =>
    new Promise((resolve, reject) => {
      waits.push(resolve);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const rest = Promise.withResolvers<string>();
  async function* slow() {
    yield "We are lo";
    yield* [await rest.promise];
  }
  const clauses = splitClauses(slow(), { ...SENTENCES, wait });
  const first = clauses.next();
  // The wait for the second piece.
  while (waits.length < 2) await new Promise(setImmediate);
  waits.at(-1)?.();
  assert.deepEqual(await first, { done: false, value: "We are" });
  rest.resolve("oking into it.");
  assert.deepEqual(await Array.fromAsync(clauses), ["looking into it."]);
});

test("who leaves early ends the source, and its failure is passed on", async () => {
  let ended = false;
  async function* source() {
    try {
      yield "One. Two. ";
      throw new Error("broken");
    } finally {
      ended = true;
    }
  }
  for await (const clause of splitClauses(source(), SENTENCES)) {
    assert.equal(clause, "One.");
    break;
  }
  assert.ok(ended);
  await assert.rejects(Array.fromAsync(splitClauses(source(), SENTENCES)), /broken/);
});
