import assert from "node:assert/strict";
import { test } from "node:test";
import { webVtt } from "./captions.ts";

test("captions are cues with their times, and hold no markup", () => {
  assert.equal(
    webVtt([
      { start: 0, end: 1.2345, text: "Is 1 < 2 --> yes & no?" },
      { start: 3661.5, end: 3662, text: "बाद\n\nमें" },
    ]),
    "WEBVTT\n\n00:00:00.000 --> 00:00:01.235\nIs 1 &lt; 2 --&gt; yes &amp; no?\n\n" +
      "01:01:01.500 --> 01:01:02.000\nबाद में\n",
  );
});

test("a long caption is several cues that change when their words are heard", () => {
  const text = "one ".repeat(40).trim();
  const words = Array.from({ length: 40 }, (_, i) => ({
    ...{ from: 4 * i, to: 4 * i + 3, start: i < 20 ? i * 0.1 : 5 + i * 0.1, end: 0 },
  }));
  const cues = webVtt([{ start: 10, end: 20, text, words }])
    .split("\n")
    .filter((line) => line.includes("-->"));
  assert.deepEqual(cues, ["00:00:10.000 --> 00:00:17.000", "00:00:17.000 --> 00:00:20.000"]);
  const even = webVtt([{ start: 0, end: 10, text }]).match(/--> 00:00:0(\d\.\d)/u)?.[1];
  assert.ok(Math.abs(Number(even) - 5) < 0.3, even);
});
