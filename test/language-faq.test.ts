import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createFaq, type FaqOptions, SHIPPED_DOCUMENTS } from "../src/language/faq/faq.ts";
import { asked, languageModelConformance, readAnswer } from "./conformance/language-model.ts";

const SCHOOL = fileURLToPath(new URL("./fixtures/faq", import.meta.url));
const { signal } = new AbortController();
let folder = "";
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "faq-test-"));
});
after(() => rm(folder, { recursive: true }));

languageModelConformance("the embedded responder", () => ({
  model: createFaq({ folder: SCHOOL }),
  questions: [
    { text: "When are you open on weekdays?", answer: /between 10 in the morning and 9/u },
    { text: "पियानो के लिए कितना इंतज़ार है?", answer: /तीन महीने/u },
  ],
  followUp: { text: "And on Saturday?", answer: /Saturday we are open from 9 to 5/u },
  long: { text: "How do I find you by bus?", maxTokens: 10 },
}));

/** What is answered to the last of several questions, each answered before. */
async function ask(
  questions: string | string[],
  options: Partial<FaqOptions> & { maxTokens?: number } = {},
) {
  const { maxTokens = 1024, ...rest } = options;
  const model = createFaq({ folder: SCHOOL, ...rest });
  const messages = [questions].flat().map((text) => ({ role: "user" as const, text }));
  const { pieces, end } = await readAnswer(
    model.answer(asked({ messages, maxTokens }), { signal }),
  );
  await model.close();
  return { text: pieces.join(""), pieces, ...end };
}

/** A folder of documents of one test. */
async function documents(files: Record<string, string | Uint8Array>): Promise<string> {
  const at = await mkdtemp(path.join(folder, "documents-"));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(at, file)), { recursive: true });
    await writeFile(path.join(at, file), text);
  }
  return at;
}

test("an answer is made of the document's own sentences and says where they stand", async () => {
  const { text, sources } = await ask("How much do I pay to rent a trumpet?");
  assert.match(text, /The rent is 18 euros a month, strings and reeds included\./u);
  assert.deepEqual(sources, [
    { title: "Renting an instrument", file: "rental.en.md", section: "" },
  ]);
});

test("a question in Hindi is answered in Hindi, one in English in English", async () => {
  assert.match((await ask("क्या रविवार को स्कूल खुला है?")).text, /रविवार को स्कूल बंद/u);
  assert.match(
    (await ask("Is the school open on Sunday?")).text,
    /On Sunday the school is closed/u,
  );
});

test("what the documents do not say is not answered, in the question's language and without a source", async () => {
  const english = await ask("Who won the match?");
  assert.match(english.text, /I do not know/u);
  assert.deepEqual(english.sources, []);
  assert.match((await ask("मैच किसने जीता?")).text, /नहीं पता/u);
});

test("one question after another is understood with the one before, a new one by itself", async () => {
  const open = "When are you open on weekdays?";
  assert.match((await ask([open, "and on Sunday?"])).text, /Sunday the school is closed/u);
  assert.match((await ask(["Can I rent a cello?", "How much is it?"])).text, /18 euros/u);
  assert.match((await ask([open, "Where is the school?"])).text, /14 Mill Lane/u);
  assert.match((await ask(["शनिवार को कब खुला है?", "और रविवार को?"])).text, /रविवार को स्कूल बंद/u);
});

test("greetings, thanks and questions about itself have fixed answers", async () => {
  const expected: [string, RegExp][] = [
    ["Hello!", /^Hello!/u],
    ["Good morning", /^Hello!/u],
    ["Thanks a lot", /welcome/u],
    ["bye", /Goodbye/u],
    ["Who are you?", /automated assistant, not a human/u],
    ["Are you a robot?", /automated assistant/u],
    ["What can you do?", /ask me about: Children, /u],
    ["नमस्ते", /^नमस्ते/u],
    ["धन्यवाद", /स्वागत/u],
    ["आप कौन हैं?", /स्वचालित सहायक/u],
  ];
  for (const [question, answer] of expected) {
    const { text, sources } = await ask(question);
    assert.match(text, answer, question);
    assert.deepEqual(sources, []);
  }
  assert.match((await ask("Hello, where is the school?")).text, /14 Mill Lane/u);
});

test("it comes word by word, and words are counted", async () => {
  const { pieces, text, tokensUsed } = await ask("Is cash taken?");
  const words = text.split(" ");
  assert.equal(pieces.length, words.length);
  assert.equal(tokensUsed, 3 + words.length);
  const cut = await ask("Is cash taken?", { maxTokens: 3 });
  assert.deepEqual([cut.text.trim(), cut.finish], [words.slice(0, 3).join(" "), "length"]);
});

test("a document that is added, changed or removed counts from the next question on", async () => {
  const at = await documents({ "a.md": "# Parking\n\nParking costs two euros." });
  const model = createFaq({ folder: at });
  const parking = async () => {
    const request = asked({ messages: [{ role: "user", text: "What does parking cost?" }] });
    return (await readAnswer(model.answer(request, { signal }))).pieces.join("");
  };
  assert.equal(await parking(), "Parking costs two euros.");
  await writeFile(path.join(at, "a.md"), "# Parking\n\nParking costs six euros.");
  await utimes(path.join(at, "a.md"), 1, 1);
  assert.equal(await parking(), "Parking costs six euros.");
  await rename(path.join(at, "a.md"), path.join(at, "a.old"));
  await writeFile(path.join(at, "b.txt"), "Parking is free.\n\nSo is everything else.");
  assert.match(await parking(), /^Parking is free\./u);
  await model.close();
});

test("links to what lies outside of the folder are not followed, those to files within it are", async () => {
  const outside = await documents({ "secret.md": "The secret number is seven." });
  const at = await documents({ "hidden/.data/real.md": "The public number is eight." });
  await symlink(path.join(outside, "secret.md"), path.join(at, "secret.md"));
  await symlink(outside, path.join(at, "more"));
  await symlink(path.join(at, "hidden/.data/real.md"), path.join(at, "real.md"));
  assert.match((await ask("What is the secret number?", { folder: at })).text, /do not know/u);
  const { sources } = await ask("What is the public number?", { folder: at });
  assert.deepEqual(sources, [{ title: "real", file: "real.md", section: "" }]);
});

test("a file that is no text, or too much, is left out and told", async () => {
  const told: unknown[] = [];
  const logger = { warn: (context: Record<string, unknown>) => told.push(context["file"]) };
  const at = await documents({
    "a.md": "The garden is green.",
    "b.md": Uint8Array.of(0xff, 0x00, 0xc3, 0x28),
    "c.md": Buffer.from("\ufeffThe cellar is grey.", "utf16le"),
    "d.md": "x".repeat(1000),
  });
  const { text } = await ask("Is the cellar grey?", { folder: at, logger, maxBytes: 500 });
  assert.match(text, /The cellar is grey\./u);
  assert.deepEqual(told, ["b.md", "d.md"]);
});

test("keywords of a document stand for what it is about", async () => {
  const text = "The course begins in May.";
  const plain = await documents({ "a.md": text });
  const named = await documents({ "a.md": `---\nkeywords: bungee, abseiling\n---\n${text}` });
  assert.match((await ask("Do you do bungee?", { folder: plain })).text, /do not know/u);
  assert.equal((await ask("Do you do bungee?", { folder: named })).text, text);
});

test("a folder that is missing or empty is told with what to do", async () => {
  const missing = path.join(folder, "missing");
  const message = /missing cannot be read .*name one with \.md or \.txt files/u;
  await assert.rejects(ask("Where is it?", { folder: missing }), {
    code: "LANGUAGE_FAILED",
    message,
  });
  const empty = await documents({});
  const remedy = /no documents to answer from in .*put \.md or \.txt files there/u;
  await assert.rejects(ask("Where is it?", { folder: empty }), {
    code: "LANGUAGE_FAILED",
    message: remedy,
  });
  assert.match((await ask("Hello", { folder: empty })).text, /Hello/u);
});

test("the documents that come with the product answer about it in both languages", async () => {
  const about = async (question: string) =>
    (await ask(question, { folder: SHIPPED_DOCUMENTS })).text;
  assert.match(await about("What is Vocative?"), /makes a person on video speak/u);
  assert.match(await about("How do I start the server?"), /npm start/u);
  assert.match(await about("Can I use my own documents?"), /\.md or \.txt/u);
  assert.match(await about("वोकेटिव क्या है?"), /व्यक्ति से बुलवाता है/u);
  assert.match(await about("What is the price of gold?"), /do not know/u);
});
