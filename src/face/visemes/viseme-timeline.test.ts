import assert from "node:assert/strict";
import { test } from "node:test";
import { visemeTimeline } from "./viseme-timeline.ts";

test("a timeline tells when each viseme begins and when the last one ends, to the millisecond", () => {
  const timeline = visemeTimeline([
    { viseme: "sil", start: 0, end: 0.1004 },
    { viseme: "PP", start: 0.1004, end: 0.16 },
    { viseme: "aa", start: 0.16, end: 0.3333333 },
  ]);
  assert.equal(JSON.stringify(timeline), '[[0,"sil"],[0.1,"PP"],[0.16,"aa"],[0.333,"sil"]]');
});

test("a sound that ends at rest needs no last entry, and an empty one none at all", () => {
  const timeline = visemeTimeline([
    { viseme: "O", start: 0, end: 0.2 },
    { viseme: "sil", start: 0.2, end: 0.5 },
  ]);
  assert.deepEqual(timeline, [
    [0, "O"],
    [0.2, "sil"],
  ]);
  assert.deepEqual(visemeTimeline([]), []);
});

test("what is shorter than a millisecond gives way to what follows", () => {
  const timeline = visemeTimeline([
    { viseme: "aa", start: 0, end: 0.1 },
    { viseme: "kk", start: 0.1, end: 0.1002 },
    { viseme: "aa", start: 0.1002, end: 0.2 },
  ]);
  assert.deepEqual(timeline, [
    [0, "aa"],
    [0.2, "sil"],
  ]);
});
