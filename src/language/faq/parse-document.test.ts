import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocument } from "./parse-document.ts";

const parsed = (source: string, file = "folder/opening-hours.md") =>
  parseDocument({ file, source }).map(({ title, section, text }) => ({ title, section, text }));

test("a section is a passage, under the heading nearest above it", () => {
  const source =
    "# Shop\n\nWe sell *tea*.\n\n## Hours ##\n\nFrom 9\nto 5.\n\nNever later.\n\nPlace\n-----\n\nHere.";
  assert.deepEqual(parsed(source), [
    { title: "Shop", section: "", text: "We sell tea." },
    { title: "Shop", section: "Hours", text: "From 9 to 5.\nNever later." },
    { title: "Shop", section: "Place", text: "Here." },
  ]);
});

test("what cannot be spoken is left out: signs, code blocks, comments, HTML, pictures", () => {
  const source =
    "See [our **shop**](http://x.example/a_b) <!-- not\nthis -->![a](b.png)<br>now, `npm start`.\n\n```\nrm -rf\n```\n\nsnake_case \\* stays";
  assert.deepEqual(
    parsed(source).map(({ text }) => text),
    ["See our shop now, npm start.\nsnake_case * stays"],
  );
});

test("an item of a list and a row of a table are a line each", () => {
  const source =
    "- tea\n- coffee,\n  black\n1. milk\n\n| drink | price |\n| --- | ---: |\n| tea | 2 |\n| a | b | c |";
  assert.deepEqual(parsed(source)[0]?.text.split("\n"), [
    ...["tea", "coffee, black", "milk"],
    ...["drink: price", "tea: 2", "a, b, c"],
  ]);
});

test("a document is called what it says, or as its file", () => {
  assert.equal(
    parsed('---\ntitle: "A shop"\nkeywords: tea\n---\r\n# B\r\n\r\nText.')[0]?.title,
    "A shop",
  );
  assert.equal(parsed("Text.")[0]?.title, "opening hours");
  assert.equal(parsed("One.\n\nTwo\nlines.", "a.txt")[0]?.text, "One.\nTwo lines.");
});

test("a long section is cut between paragraphs, and none is lost", () => {
  const paragraphs = Array.from(
    { length: 40 },
    (_, at) => `Paragraph ${at} ${"word ".repeat(20)}end.`,
  );
  const passages = parsed(`# T\n\n${paragraphs.join("\n\n")}`);
  assert.ok(passages.length > 2 && passages.every(({ text }) => text.length <= 1200));
  assert.equal(passages.map(({ text }) => text).join("\n"), paragraphs.join("\n"));
});

test("nothing, and what is only signs, has no passages", () => {
  for (const source of ["", "\n\n", "# Title\n", "---\ntitle: x\n---\n", "```\ncode\n```"]) {
    assert.deepEqual(parsed(source), []);
  }
});
