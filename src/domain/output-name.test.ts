import assert from "node:assert/strict";
import { test } from "node:test";
import { createOutputNames, outputName } from "./output-name.ts";

test("letters of every script, marks and digits stay; everything else becomes one underscore", () => {
  for (const [name, expected] of [
    ["Amit", "Amit"],
    ["Amit Kumar", "Amit_Kumar"],
    ["  Amit  &  Priya ", "Amit_Priya"],
    ["अमित कुमार", "अमित_कुमार"],
    ["வேல்முருகன்", "வேல்முருகன்"],
    ["محمد علي", "محمد_علي"],
    ["王小明", "王小明"],
    ["Ольга-Мария_3", "Ольга-Мария_3"],
    ["O'Brien, Jr.", "O_Brien_Jr"],
    ["٤٢", "٤٢"],
  ] as const) {
    assert.equal(outputName(name), expected);
  }
});

test("a name without any letter or digit is a person", () => {
  for (const name of ["", " ", "😀🎉", "...", "___"]) assert.equal(outputName(name), "person");
});

test("no name leads out of the folder or hides its file", () => {
  for (const name of ["../../etc/passwd", "..", ".hidden", "a/b\\c:d", "nul\u0000l", "/"]) {
    assert.match(outputName(name), /^[\p{L}\p{N}-][\p{L}\p{N}_-]*$/u);
  }
});

test("the same letters in another composition give the same name", () => {
  assert.equal(outputName("José".normalize("NFD")), outputName("José".normalize("NFC")));
});

test("a long name is cut at a letter with its marks, within 200 bytes, and does not end in an underscore", () => {
  for (const name of [
    "क्षि".repeat(80),
    "é".repeat(300),
    "😀a".repeat(150),
    `${"a".repeat(199)} b`,
  ]) {
    const made = outputName(name);
    assert.ok(new TextEncoder().encode(made).length <= 200);
    assert.ok(!made.endsWith("_"));
    const last = [...new Intl.Segmenter().segment(name.normalize("NFC"))].map(
      (part) => part.segment,
    );
    const tail = [...new Intl.Segmenter().segment(made)].at(-1)?.segment ?? "";
    assert.ok(last.includes(tail), `${tail} is a piece of a letter`);
  }
});

test("names that were met before get -2, -3 and so on", () => {
  const next = createOutputNames();
  const names = ["Amit", "Priya", "Amit", "amit", "Amit-2", "AMIT", "", "?"];
  assert.deepEqual(names.map(next), [
    ...["Amit", "Priya", "Amit-2", "amit-3", "Amit-2-2", "AMIT-4", "person", "person-2"],
  ]);
});

test("a suffix never takes a name that a later row has by itself", () => {
  const next = createOutputNames();
  assert.deepEqual(["Amit-2", "Amit", "Amit"].map(next), ["Amit-2", "Amit", "Amit-3"]);
});

test("no two of many names differ in case only, whatever a file system takes for the same", () => {
  const next = createOutputNames();
  const names = [
    "straße",
    "STRASSE",
    "Strasse",
    "ΝΙΚΟΣ",
    "νικος",
    "νικοσ",
    "ſam",
    "Sam",
    "İnci",
    "i̇nci",
  ];
  const made = [...names, ...names].map(next);
  const folded = made.map((name) => name.toUpperCase().toLowerCase().normalize("NFC"));
  assert.equal(new Set(folded).size, made.length, made.join(" "));
});

test("50,000 equal names are numbered at once", () => {
  const next = createOutputNames();
  let last = "";
  for (let i = 0; i < 50_000; i++) last = next("Amit");
  assert.equal(last, "Amit-50000");
});
