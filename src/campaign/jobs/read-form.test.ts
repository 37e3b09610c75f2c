import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { type JobForm, jobFormSchema } from "./job-form.ts";
import { readForm } from "./read-form.ts";
import type { SpeechPolicy } from "./service-dependencies.ts";

const policy = {
  speechCommands: ["say -o {out} {text}"],
  wav2lip: { repo: null, checkpoint: null },
  speech: { offline: false, hasElevenlabsKey: false, missing: { openai: "set OPENAI_API_KEY" } },
  lipSync: {
    offline: false,
    wav2lipModel: false,
    missing: { musetalk: "set VOCATIVE_MUSETALK_REPO" },
  },
} satisfies Parameters<typeof readForm>[2];

const form = (given: Partial<JobForm>): JobForm => jobFormSchema.parse(given);
const offline = { ...policy.speech, offline: true };
const read = (given: Partial<JobForm>, changed: Partial<Parameters<typeof readForm>[2]> = {}) =>
  readForm(form(given), { hasVoiceSample: false }, { ...policy, ...changed });
const readWithSample = (given: Partial<JobForm>, speech: SpeechPolicy = policy.speech) =>
  readForm(form(given), { hasVoiceSample: true }, { ...policy, speech });

test("an empty form asks for silver names spoken by Google Translate", () => {
  const { options, warnings } = read({});
  assert.equal(options.insertMode, "silver");
  assert.equal(options.ttsProvider, "gtts");
  assert.deepEqual(warnings, []);
});

test("what the base says and how ElevenLabs speaks are options of the campaign", () => {
  const elevenlabs = { elevenlabsVoiceId: "v", elevenlabsModelId: "m", elevenlabsSpeed: 0.8 };
  const { options } = read({ baseTranscript: "Hello {Rahul}", ...elevenlabs });
  assert.equal(options.transcript, "Hello {Rahul}");
  assert.deepEqual({ ...options, ...elevenlabs }, options);
});

test("ElevenLabs speaks with the key of the form or the operator's, which is no option", () => {
  const given = { ttsProvider: "elevenlabs", elevenlabsApiKey: "sk-secret" } as const;
  const { options } = readWithSample(given);
  assert.equal(options.ttsProvider, "elevenlabs");
  assert.doesNotMatch(JSON.stringify(options), /sk-secret/u);
  const operators = { ...policy.speech, hasElevenlabsKey: true };
  assert.ok(readWithSample({ ttsProvider: "elevenlabs" }, operators));
  assert.throws(() => readWithSample({ ttsProvider: "elevenlabs" }), {
    code: "BAD_REQUEST",
    message: /^elevenlabs_api_key is required when tts_provider=elevenlabs/u,
  });
});

test("where nothing may leave the machine ElevenLabs is refused", () => {
  const given = { ttsProvider: "elevenlabs", elevenlabsApiKey: "sk-secret" } as const;
  assert.throws(() => readWithSample(given, offline), { code: "OPTION_UNAVAILABLE" });
});

test("where nothing may leave the machine the embedded voice stands in for Google Translate, and that is said", () => {
  const { options, warnings } = read({}, { speech: offline });
  assert.equal(options.insertMode, "silver");
  assert.equal(options.ttsProvider, "espeak");
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["VOICE_FALLBACK"],
  );
});

test("lip-sync of a tier without it is ignored with a warning", () => {
  const { warnings } = read({ ttsProvider: "espeak", lipSyncProvider: "sync_api" });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["OPTION_IGNORED"],
  );
});

const REFUSED: [what: string, given: Partial<JobForm>, code: string, message: string | RegExp][] = [
  [
    "a cloned voice without a sample",
    { ttsProvider: "elevenlabs" },
    "BAD_REQUEST",
    "voice_sample is required when tts_provider=elevenlabs",
  ],
  [
    "Wav2Lip without its repository",
    { insertMode: "diamond", lipSyncProvider: "wav2lip" },
    "BAD_REQUEST",
    "wav2lip_repo is required when Diamond + Wav2Lip is selected",
  ],
  [
    "platinum without markers",
    { insertMode: "platinum", platinumPlaceholders: "  " },
    "BAD_REQUEST",
    "platinum_placeholders is required for platinum tier",
  ],
  [
    "a command voice without a command",
    { ttsProvider: "command" },
    "BAD_REQUEST",
    /tts_cmd is required/,
  ],
  ["a command of the client's own", { ttsCmd: "rm -rf /" }, "OPERATOR_ONLY_OPTION", /^tts_cmd /],
  [
    "a folder of the client's own",
    { wav2lipRepo: "/etc" },
    "OPERATOR_ONLY_OPTION",
    /^wav2lip_repo /,
  ],
  ["a program of the client's own", { wav2lipPython: "/bin/sh" }, "OPERATOR_ONLY_OPTION", /python/],
  [
    "a voice that nobody set up",
    { ttsProvider: "openai" },
    "OPTION_UNAVAILABLE",
    /openai is not set up here: set OPENAI_API_KEY/,
  ],
  [
    "a provider of lip-sync that is not set up",
    { insertMode: "diamond", lipSyncProvider: "musetalk" },
    "OPTION_UNAVAILABLE",
    /lip_sync_provider=musetalk is not set up here: set VOCATIVE_MUSETALK_REPO/,
  ],
  [
    "an empty marker",
    { insertMode: "platinum", platinumPlaceholders: "NAME1,,COMPANY" },
    "INVALID_OPTION",
    /markers .* empty/,
  ],
];
for (const [what, given, code, message] of REFUSED) {
  test(`${what} is refused with ${code}`, () => {
    assert.throws(() => read(given), { code, message });
  });
}

test("what the operator configured may be named", () => {
  const { options } = read({ ttsProvider: "command", ttsCmd: "say -o {out} {text}" });
  assert.equal(options.ttsCmd, "say -o {out} {text}");
  // That is what clients of the published contract send: the operator's Python is used all the same.
  assert.equal(read({ wav2lipPython: "python3" }).options.wav2lipPython, undefined);
});

test("a configured repository that is not there is named, and a checkpoint is asked for next", () => {
  const wav2lip = (repo: string) => ({ repo, checkpoint: null }) as never;
  const diamond = { insertMode: "diamond", lipSyncProvider: "wav2lip" } as const;
  assert.throws(() => read(diamond, { wav2lip: wav2lip("/nowhere/at/all") }), {
    code: "BAD_REQUEST",
    message: "wav2lip_repo not found: /nowhere/at/all",
  });
  assert.throws(() => read(diamond, { wav2lip: wav2lip(tmpdir()) }), {
    message: "wav2lip_checkpoint is required when Diamond + Wav2Lip is selected",
  });
});
