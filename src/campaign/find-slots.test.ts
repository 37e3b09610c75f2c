import assert from "node:assert/strict";
import { test } from "node:test";
import type { MediaEngine } from "../ports/media-engine.ts";
import { fakeModel, tone } from "../speech/testing/fake-speech.ts";
import { campaignOptionsSchema } from "./campaign-options.ts";
import { findSlots } from "./find-slots.ts";

const { signal } = new AbortController();

/** Looks for slots in a base of 4 s that says something from 0.5 to 1.2 and from 2 to 3 s. */
function find(options: object) {
  const silences = [
    { start: 0, end: 0.5 },
    { start: 1.2, end: 2 },
    { start: 3, end: 4 },
  ];
  const media = {
    analyse: async () => ({ duration: 4, silences, shortSilences: silences, peakDb: -3 }),
    locate: async () => [null],
  };
  return findSlots(
    // Only what is asked here.
    {
      media: media as Partial<MediaEngine> as MediaEngine,
      reference: fakeModel(() => tone({ seconds: 1 })),
    },
    {
      base: "base.mp4",
      options: campaignOptionsSchema.parse({ lang: "en", ...options }),
      markers: null,
      call: { signal },
      onWarning: () => {},
    },
  );
}

test("times are believed before everything else", async () => {
  const { slots } = await find({ slot: "0.6-1.1", transcript: "Hello {Rahul}" });
  assert.deepEqual([slots[0]?.foundBy, slots[0]?.start, slots[0]?.confidence], ["given", 0.6, 1]);
});

test("without a word about it the first words that a pause ends are the name", async () => {
  const { slots } = await find({});
  assert.deepEqual([slots[0]?.foundBy, slots[0]?.start, slots[0]?.end], ["silence", 0.5, 1.2]);
});

test("a transcript without a marked place is only context for a name at the end", async () => {
  const { slots } = await find({ namePosition: "end", transcript: "Hello and welcome" });
  assert.deepEqual([slots[0]?.foundBy, slots[0]?.start], ["end-of-speech", 3]);
  await assert.rejects(find({ transcript: "Hello and welcome" }), { code: "INVALID_OPTION" });
});
