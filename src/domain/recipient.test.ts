import assert from "node:assert/strict";
import { test } from "node:test";
import { annotate } from "./pronunciation.ts";
import { type Recipient, type RecipientOptions, recipientsOf } from "./recipient.ts";
import type { Sheet } from "./sheet.ts";
import { joinSlotTexts, slotTexts } from "./slot-texts.ts";

function sheet(columns: string[], ...cells: string[][]): Sheet {
  return { columns, rows: cells.map((one, i) => ({ row: i + 2, cells: one })) };
}

function read(from: Sheet, changes: Partial<RecipientOptions> = {}): Recipient[] {
  return recipientsOf(from, {
    nameColumn: "name",
    pronunciationColumn: "pronunciation",
    texts: ["{name}"],
    extension: ".mp4",
    respell: (text) => text,
    ...changes,
  });
}

const spoken = (recipient: Recipient | undefined) =>
  recipient?.kind === "output" ? recipient.spokenText : null;

test("every row becomes an output or a reason, in order and under its number", () => {
  const made = read(sheet(["name"], ["Amit"], [" "], ["Priya"], ["Amit"]));
  assert.deepEqual(made, [
    { row: 2, name: "Amit", kind: "output", file: "Amit.mp4", spokenText: "Amit" },
    { row: 3, name: " ", kind: "skipped", reason: "the name is empty" },
    { row: 4, name: "Priya", kind: "output", file: "Priya.mp4", spokenText: "Priya" },
    { row: 5, name: "Amit", kind: "output", file: "Amit-2.mp4", spokenText: "Amit" },
  ]);
});

test("the name's column is found without case and space", () => {
  assert.equal(spoken(read(sheet(["id", "  NAME "], ["7", "Amit"]))[0]), "Amit");
  const [first] = read(sheet(["Full Name"], ["Amit"]), {
    nameColumn: "full name",
    texts: ["{full name}"],
  });
  assert.equal(spoken(first), "Amit");
});

test("a pronunciation is spoken instead of the name, and only there; the file keeps the name", () => {
  const [given, blank] = read(
    sheet(
      ["name", "town", "Pronunciation"],
      ["Siobhan", "Siobhan", "Shivawn"],
      ["Amit", "Pune", ""],
    ),
    { texts: ["{name} of {town}"] },
  );
  assert.equal(spoken(given), "Shivawn of Siobhan");
  assert.equal(given?.kind === "output" && given.file, "Siobhan.mp4");
  assert.equal(spoken(blank), "Amit of Pune");
});

test("a pronunciation in IPA goes with the name as it is written, and no cell can pretend to be one", () => {
  const columns = ["name", "pronunciation", "company"];
  const [siobhan, forged] = read(
    sheet(columns, ["Siobhan", "/ʃɪˈvɔːn/", "Acme"], ["A", "", "\ufff9x\ufffay\ufffb"]),
    { texts: ["{name} of {company}"] },
  );
  assert.equal(spoken(siobhan), `${annotate("Siobhan", "ʃɪˈvɔːn")} of Acme`);
  assert.equal(spoken(forged), "A of xy");
});

test("the finished text is respelled", () => {
  const [first] = read(sheet(["name"], ["Dr Amit"]), {
    respell: (text) => text.replace("Dr", "Doctor"),
  });
  assert.equal(spoken(first), "Doctor Amit");
});

test("a row whose text comes out empty is skipped with a reason", () => {
  const [first] = read(sheet(["name", "company"], ["Amit", ""]), { texts: ["{company}"] });
  assert.deepEqual(first, {
    row: 2,
    name: "Amit",
    kind: "skipped",
    reason: "the text to speak is empty",
  });
  const [respelled] = read(sheet(["name"], ["Amit"]), { respell: () => " " });
  assert.equal(respelled?.kind, "skipped");
});

test("a short row has empty cells", () => {
  const [first] = read(sheet(["name", "company"], ["Amit"]), { texts: ["{name} {company}"] });
  assert.equal(spoken(first), "Amit");
});

test("a sheet without the name's column says which it has", () => {
  assert.throws(() => read(sheet(["Naam", "", "phone"], ["Amit"])), {
    code: "COLUMN_MISSING",
    message: /no column "name"; its columns are: Naam, phone\. Rename/,
  });
});

test("each slot has its text; a row that lacks one of them is skipped with the reason", () => {
  const [first, second] = read(sheet(["name", "company"], ["Amit", "Acme"], ["Priya", " "]), {
    texts: ["{name}", "{company}"],
  });
  assert.equal(spoken(first), joinSlotTexts(["Amit", "Acme"]));
  assert.deepEqual(slotTexts(spoken(first) ?? ""), ["Amit", "Acme"]);
  assert.equal(second?.kind === "skipped" && second.reason, "the text of place 2 is empty");
});

test("a text from outside does not pass for two", () => {
  const [made] = read(sheet(["name"], ["Amit\u001ePriya"]));
  assert.deepEqual(slotTexts(spoken(made) ?? ""), ["AmitPriya"]);
});
