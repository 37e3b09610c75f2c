import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { createSheetReader } from "../sheets/sheet-reader.ts";
import { chooseVoice } from "../speech/espeak/voice-by-script.ts";
import { SAMPLE_RECIPIENTS, sampleRecipientsCsv } from "./sample-recipients.ts";

describe("the sample's recipients", () => {
  test("the sheet reads back as they are", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "vocative-recipients-"));
    const file = path.join(folder, "recipients.csv");
    writeFileSync(file, sampleRecipientsCsv());
    try {
      const { columns, rows } = await createSheetReader().read(file);
      assert.deepEqual(columns, ["name", "phone", "company", "pronunciation"]);
      assert.deepEqual(
        rows.map(({ cells }) => cells),
        SAMPLE_RECIPIENTS.map(({ name, phone, company, pronunciation }) => [
          name,
          phone,
          company,
          pronunciation,
        ]),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("the embedded voice can speak each of them", () => {
    for (const { name, pronunciation } of SAMPLE_RECIPIENTS) {
      assert.ok("voice" in chooseVoice(pronunciation || name, "en"), name);
    }
  });

  test("several scripts are among them", () => {
    const scripts = ["Latin", "Devanagari", "Cyrillic", "Arabic", "Han", "Greek"];
    for (const script of scripts) {
      const pattern = new RegExp(`\\p{Script=${script}}`, "u");
      assert.ok(
        SAMPLE_RECIPIENTS.some(({ name }) => pattern.test(name)),
        script,
      );
    }
  });
});
