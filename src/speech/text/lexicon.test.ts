import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { annotate } from "../../domain/pronunciation.ts";
import { createLexicon, readLexicon } from "./lexicon.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lexicon-test-"));
});
after(() => rm(folder, { recursive: true }));

async function written(content: string | Buffer): Promise<string> {
  const path = join(folder, "lexicon.csv");
  await writeFile(path, content);
  return path;
}

const lexicon = (...pairs: [string, string][]) =>
  createLexicon(pairs.map(([from, spoken]) => ({ written: from, spoken })));

test("a word is replaced without regard to case and composition, wherever it stands alone", () => {
  const { apply } = lexicon(["Siobhan", "Shivawn"], ["Zoë", "Zo-ee"]);
  assert.equal(apply("Hi SIOBHAN, (siobhan)!"), "Hi Shivawn, (Shivawn)!");
  assert.equal(apply("Zoe\u0308's"), "Zo-ee's");
});

test("a part of a word is left alone, in any script", () => {
  const { apply } = lexicon(["Ann", "X"], ["राम", "X"], ["Иван", "X"]);
  for (const text of ["Anna", "JoAnn", "Ann2", "रामा", "आराम", "Иванов"]) {
    assert.equal(apply(text), text);
  }
  assert.equal(apply("Ann-Marie राम Иван"), "X-Marie X X");
});

test("names in scripts without spaces are found beside other words", () => {
  const { apply } = lexicon(["王小明", "わん"], ["สมชาย", "ส"]);
  assert.equal(apply("您好王小明!"), "您好わん!");
  assert.equal(apply("คุณสมชาย"), "คุณส");
});

test("the longest entry wins, and a replacement is not replaced again", () => {
  const { apply } = lexicon(
    ["Anna", "Maria"],
    ["Anna Maria", "AM"],
    ["Maria", "Anna"],
    ["AM", "no"],
  );
  assert.equal(apply("Anna Maria, Anna, Maria"), "AM, Maria, Anna");
});

test("letters whose lower case is longer do not shift what is replaced", () => {
  assert.equal(lexicon(["Ali", "Ah-lee"]).apply("İİİ ALI"), "İİİ Ah-lee");
  assert.equal(lexicon(["Γιώργος", "Yorgos"]).apply("ΓΙΏΡΓΟΣ"), "Yorgos");
});

test("signs that mean something to patterns are ordinary letters", () => {
  assert.equal(lexicon(["D.J. (x)", "$& dee jay"]).apply("D.J. (x) DxJ"), "$& dee jay DxJ");
});

test("without a matching entry the text stays as it is", () => {
  assert.equal(lexicon().apply("Priya 😀"), "Priya 😀");
  assert.equal(lexicon(["", "x"], ["  ", "y"]).apply("Priya"), "Priya");
});

test("a file of commas or tabs is read, with comments, header, quotes and byte order mark", async () => {
  const path = await written(
    '\ufeffWritten,Spoken\r\n# names\r\n Siobhan , Shivawn\r\n\r\n"Rao, A.","A ""R"""\r\nप्रिया\tPriya, dear\r\n',
  );
  assert.deepEqual(await readLexicon(path), [
    { written: "Siobhan", spoken: "Shivawn" },
    { written: "Rao, A.", spoken: 'A "R"' },
    { written: "प्रिया", spoken: "Priya, dear" },
  ]);
});

test("a line that is no pair is named by its number", async () => {
  for (const line of ["Priya", "Priya,", ",x", "a,b,c", '"Priya,x']) {
    const path = await written(`a,b\n# c\n${line}\n`);
    await assert.rejects(readLexicon(path), { code: "FILE_UNREADABLE", message: /^line 3 of/ });
  }
});

test("a missing file and a file that is not UTF-8 are told apart", async () => {
  await assert.rejects(readLexicon(join(folder, "absent")), { code: "FILE_NOT_FOUND" });
  const path = await written(Buffer.from([0x5a, 0x6f, 0xeb, 0x2c, 0x78]));
  await assert.rejects(readLexicon(path), { code: "FILE_UNREADABLE", message: /not UTF-8/ });
});

test("a spoken form in IPA goes with the word as the text has it", () => {
  const lexicon = createLexicon([{ written: "siobhan", spoken: "/ʃɪˈvɔːn/" }]);
  assert.equal(lexicon.apply("Dear Siobhan"), `Dear ${annotate("Siobhan", "ʃɪˈvɔːn")}`);
});
