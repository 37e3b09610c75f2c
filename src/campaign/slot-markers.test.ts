import assert from "node:assert/strict";
import { test } from "node:test";
import { slotMarkers, slotTemplates } from "./slot-markers.ts";

const platinum = (platinumPlaceholders: string, text = "{name}") =>
  ({ insertMode: "platinum", platinumPlaceholders, text }) as const;

test("markers stand in speaking order, with a text of their own where they have one", () => {
  assert.deepEqual(slotMarkers(platinum("NAME1, COMPANY={company} = {town} ")), [
    { marker: "NAME1", text: null },
    { marker: "COMPANY", text: "{company} = {town}" },
  ]);
});

test("no marker, an empty one, one without its text and too many are refused", () => {
  for (const written of ["", "NAME1,,NAME2", "NAME1=", "={name}", "A,B,C,D,E,F,G,H,I"]) {
    assert.throws(() => slotTemplates(platinum(written), ["name"]), {
      code: "INVALID_OPTION",
      message: /markers .*NAME1,COMPANY=\{company\}/u,
    });
  }
});

test("a marker stands for its text, its column, or as a name for the campaign's text", () => {
  const columns = ["name", "Name2", "company"];
  const templates = (written: string) => slotTemplates(platinum(written, "Dr {name}"), columns);
  assert.deepEqual(templates("NAME1,NAME2,COMPANY"), ["Dr {name}", "{Name2}", "{company}"]);
  assert.deepEqual(templates("CITY={company},NAME"), ["{company}", "{name}"]);
});

test("a marker that stands for nothing is named with the remedy", () => {
  assert.throws(() => slotTemplates(platinum("NAME1,CITY"), ["name"]), {
    code: "COLUMN_MISSING",
    message: /marker CITY.*CITY=\{name\}/u,
  });
});

test("other tiers have one text", () => {
  assert.deepEqual(slotTemplates({ ...platinum(""), insertMode: "gold" }, ["name"]), ["{name}"]);
});
