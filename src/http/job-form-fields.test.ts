import assert from "node:assert/strict";
import { test } from "node:test";
import { jobFormSchema } from "../campaign/jobs/job-form.ts";
import { fieldName } from "./form-schema.ts";
import { parseJobForm } from "./job-form-fields.ts";
import type { RequestInvalid } from "./request-invalid.ts";

test("an empty form, and one with every field left empty, have the published defaults", () => {
  const defaults = jobFormSchema.parse({});
  assert.deepEqual(parseJobForm({}), defaults);
  const names = Object.keys(jobFormSchema.shape).map(fieldName);
  assert.deepEqual(parseJobForm(Object.fromEntries(names.map((name) => [name, ""]))), defaults);
  assert.deepEqual([defaults.insertMode, defaults.silenceDb, defaults.lang], ["silver", -30, "hi"]);
});

test("fields go by the names that clients of the original API send", () => {
  const names = new Set(Object.keys(jobFormSchema.shape).map(fieldName));
  for (const name of [
    ...["insert_mode", "name_position", "text", "lang", "tts_provider", "tts_cmd"],
    ...["elevenlabs_api_key", "elevenlabs_voice_id", "elevenlabs_model_id", "elevenlabs_speed"],
    ...["lip_sync_provider", "wav2lip_repo", "wav2lip_checkpoint", "wav2lip_python"],
    ...["wav2lip_pads", "batch_name_tts", "batch_split_silence_db", "batch_split_silence_dur"],
    ...["batch_gap_hint", "diamond_natural_name", "diamond_gap_seconds"],
    ...["platinum_placeholders", "silence_db", "silence_dur", "convert_mov"],
  ]) {
    assert.ok(names.has(name), name);
  }
});

test("booleans are read in every spelling", () => {
  for (const text of ["true", "TRUE", "1", "yes", "Yes", "on", " on "]) {
    assert.equal(parseJobForm({ convert_mov: text }).convertMov, true, text);
  }
  for (const text of ["false", "False", "0", "no", "off", "OFF"]) {
    assert.equal(parseJobForm({ batch_name_tts: text }).batchNameTts, false, text);
  }
});

test("numbers are read as text, and the last of a repeated field counts", () => {
  const form = parseJobForm({ silence_db: "-42.5", elevenlabs_speed: "1e0", text: ["a", "b"] });
  assert.deepEqual([form.silenceDb, form.elevenlabsSpeed, form.text], [-42.5, 1, "b"]);
});

test("unknown fields, also those that every object has, are left out", () => {
  assert.deepEqual(
    parseJobForm({ gap: "1", toString: "x", insertMode: "gold" }),
    jobFormSchema.parse({}),
  );
});

test("each fault is told in the words of the original API, all of them at once", () => {
  for (const [field, text, type, message] of [
    ["insert_mode", "bronze", "enum", "Input should be 'silver', 'gold', 'diamond' or 'platinum'"],
    [
      "silence_db",
      "loud",
      "float_parsing",
      "Input should be a valid number, unable to parse string as a number",
    ],
    ["silence_db", "1", "less_than_equal", "Input should be less than or equal to 0"],
    ["silence_db", "-91", "greater_than_equal", "Input should be greater than or equal to -90"],
    ["silence_db", "Infinity", "float_parsing", /number/],
    ["silence_db", " ", "float_parsing", /number/],
    [
      "convert_mov",
      "maybe",
      "bool_parsing",
      "Input should be a valid boolean, unable to interpret input",
    ],
    ["lang", "x", "string_too_short", "String should have at least 2 characters"],
    ["batch_gap_hint", "x".repeat(201), "string_too_long", /at most 200 characters$/],
    ["slot", "soon", "string_pattern_mismatch", /START-END/],
    ["wav2lip_pads", "1 2 3", "string_pattern_mismatch", /four whole numbers/],
  ] as const) {
    const [detail, ...others] = faultsOf({ [field]: text });
    assert.deepEqual([detail?.type, detail?.loc, others], [type, ["body", field], []], field);
    assert.ok(
      typeof message === "string" ? detail?.msg === message : message.test(detail?.msg ?? ""),
    );
  }
  assert.equal(faultsOf({ insert_mode: "x", silence_db: "x", lang: "x" }).length, 3);
});

test("platinum with its markers emptied on purpose is refused as by the original", () => {
  for (const text of ["", "  "]) {
    assert.throws(() => parseJobForm({ insert_mode: "platinum", platinum_placeholders: text }), {
      code: "BAD_REQUEST",
      message: "platinum_placeholders is required for platinum tier",
    });
  }
  assert.equal(parseJobForm({ insert_mode: "platinum" }).platinumPlaceholders, "NAME1,NAME2");
});

function faultsOf(fields: Record<string, string>): RequestInvalid["details"] {
  try {
    parseJobForm(fields);
  } catch (error) {
    return (error as RequestInvalid).details; // nothing else is thrown for these
  }
  return [];
}
