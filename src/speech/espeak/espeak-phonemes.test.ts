import assert from "node:assert/strict";
import { test } from "node:test";
import type { EspeakEvent } from "@echogarden/espeak-ng-emscripten";
import { phonemesOf } from "./espeak-phonemes.ts";

function phoneme(milliseconds: number, id: string) {
  return { type: "phoneme", audio_position: milliseconds, id } satisfies Partial<EspeakEvent>;
}

test("a phoneme lasts until the next event, and neither pauses nor changes of voice are phonemes", () => {
  const events = [
    phoneme(0, "(en)"),
    phoneme(10, "p"),
    phoneme(50, "ˈɪ"),
    phoneme(100, "(hi)"),
    phoneme(120, ""),
    phoneme(200, "a"),
    { type: "end", audio_position: 300 } as const,
  ];
  assert.deepEqual(phonemesOf(events, 0.3), [
    { symbol: "p", start: 0.01, end: 0.05 },
    { symbol: "ˈɪ", start: 0.05, end: 0.1 },
    { symbol: "a", start: 0.2, end: 0.3 },
  ]);
});

test("no phoneme reaches past the sound, and one without length is left out", () => {
  assert.deepEqual(phonemesOf([phoneme(0, "a"), phoneme(400, "l"), phoneme(400, "")], 0.35), [
    { symbol: "a", start: 0, end: 0.35 },
  ]);
});
