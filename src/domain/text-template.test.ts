import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTextTemplate } from "./text-template.ts";

const COLUMNS = ["Name", "company", "", "Straße"];

function fill(text: string, cells: Record<string, string>): string {
  return parseTextTemplate(text, COLUMNS).fill((column) => cells[column] ?? "");
}

test("every placeholder is replaced by its column, as often as it stands there", () => {
  const text = "{name} from {company}, hello {name}";
  assert.equal(fill(text, { name: "Amit", company: "Acme" }), "Amit from Acme, hello Amit");
  assert.deepEqual(parseTextTemplate(text, COLUMNS).columns, ["name", "company", "name"]);
});

test("columns are found without case and surrounding space, in composed or decomposed letters", () => {
  for (const text of ["{NAME}", "{ name }", "{STRAßE}", "{company}"]) {
    assert.doesNotThrow(() => parseTextTemplate(text, COLUMNS));
  }
  assert.doesNotThrow(() => parseTextTemplate("{Ünal}".normalize("NFD"), ["ünal"]));
});

test("a cell is put in as it is: its braces and dollar signs mean nothing", () => {
  assert.equal(fill("Hi {name}!", { name: "{company} $& $1" }), "Hi {company} $& $1!");
});

test("runs of space, also those an empty cell leaves, become one", () => {
  assert.equal(fill("  {name}  of\n{company} here ", { name: "Amit" }), "Amit of here");
});

test("a column that the sheet lacks is named, with those it has", () => {
  assert.throws(() => parseTextTemplate("{name} of {town}", COLUMNS), {
    code: "COLUMN_MISSING",
    message:
      'the text uses {town}, but the sheet has no column "town"; its columns are: Name, company, Straße',
  });
});

test("empty braces name no column, though a header may be blank", () => {
  assert.throws(() => parseTextTemplate("{name} {}", COLUMNS), { code: "COLUMN_MISSING" });
  assert.throws(() => parseTextTemplate("{name} { }", COLUMNS), { code: "COLUMN_MISSING" });
});

test("a brace without its partner is refused, as it would be spoken in every output", () => {
  for (const text of ["{name", "name}", "{na{me}", "{name}}"]) {
    assert.throws(() => parseTextTemplate(text, COLUMNS), {
      code: "INVALID_OPTION",
      message: /brace/,
    });
  }
});

test("a blank text is refused", () => {
  for (const text of ["", " \n"]) {
    assert.throws(() => parseTextTemplate(text, COLUMNS), { code: "INVALID_OPTION" });
  }
});
