import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEspeak } from "../speech/espeak/espeak.ts";
import { tone } from "../speech/testing/fake-speech.ts";
import { campaignOptionsSchema } from "./campaign-options.ts";
import { createNameCheck, difference, nameCheckFor } from "./check-name.ts";

const reference = createEspeak();
after(() => reference.close());
const { signal } = new AbortController();
const audio = tone({ seconds: 0.5 });

/** What the check says of a name when the recogniser writes `heard`. */
async function checked(name: string, heard: string): Promise<string | null> {
  const check = createNameCheck({
    reference,
    recognizer: {
      provider: "made up",
      transcribe: async () => ({ text: heard }),
      close: async () => {},
    },
  });
  return check(audio, { text: name, language: "hi" }, { signal });
}

const SAME: [name: string, heard: string][] = [
  ["Amit", "amit."],
  ["Mary-Ann", "Mary Ann"],
  ["Rahul", "राहुल"],
  ["प्रिया", "Priya"],
  ["Catherine", "Katherine"],
  ["Siddharth", "सिद्धार्थ"],
  ["Deepak Gupta", "दीपक गुप्ता"],
];
for (const [name, heard] of SAME) {
  test(`"${heard}" is taken for ${name}`, async () => {
    assert.equal(await checked(name, heard), null);
  });
}

const OTHER: [name: string, heard: string][] = [
  ["Rahul", "Priya"],
  ["Priya", "ठहराव"],
  ["Vikram", "Catherine"],
  ["Amit", ""],
  ["Deepak Gupta", "Deepak"],
];
for (const [name, heard] of OTHER) {
  test(`"${heard}" is not taken for ${name}`, async () => {
    assert.equal(await checked(name, heard), heard);
  });
}

test("the difference is the share of sounds that change, similar ones counting less", () => {
  assert.equal(difference([], []), 0);
  assert.equal(difference([..."amit"], [..."amit"]), 0);
  assert.equal(difference([..."amit"], []), 1);
  assert.equal(difference([..."amit"], [..."amis"]), 0.25);
  assert.ok(difference([..."amit"], [..."emit"]) < 0.1);
});

test("a check is made when it is asked for, and refused without a recogniser", () => {
  const options = (verify: boolean) => campaignOptionsSchema.parse({ verify });
  assert.equal(nameCheckFor(options(false), { reference }), null);
  assert.throws(() => nameCheckFor(options(true), { reference }), {
    code: "OPTION_UNAVAILABLE",
    message: /VOCATIVE_SHERPA_MODELS or VOCATIVE_WHISPER_MODEL/u,
  });
});
