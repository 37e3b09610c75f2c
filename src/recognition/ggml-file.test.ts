import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { whisperModel } from "../../test/support/whisper-model.ts";
import { ggmlDamage } from "./ggml-file.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "ggml-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function damageOf(bytes: Buffer | string): string | null {
  const path = join(folder, "model.bin");
  writeFileSync(path, bytes);
  return ggmlDamage(path);
}

const whole = whisperModel({ tokens: [" pri", "ya"], start: 0, end: 1 });

test("a whole model is told from one that was cut off, wherever that was", () => {
  assert.equal(damageOf(whole), null);
  const ends = [4, 10, 48, 5000, 64_376, 64_400, 70_000, whole.length / 2, whole.length - 1];
  for (const end of ends) {
    assert.equal(damageOf(whole.subarray(0, end)), "is cut off", `at ${end}`);
  }
});

test("what is no model at all is told so", () => {
  for (const bytes of ["", "GGUF", "<!doctype html>", Buffer.alloc(1000)]) {
    assert.equal(damageOf(bytes), "is no model of whisper.cpp (ggml)");
  }
});

test("weights of a type that is not known are left to the engine", () => {
  const strange = Buffer.from(whole);
  const at = strange.indexOf("encoder.positional_embedding");
  strange.writeInt32LE(99, at - 12);
  assert.equal(damageOf(strange), null);
});

test("a vocabulary longer than one read is looked through", () => {
  const tokens = Array.from({ length: 20_000 }, (_, index) => ` token-${index}`);
  const long = insertVocabulary(whole, tokens);
  assert.equal(damageOf(long), null);
  assert.equal(damageOf(long.subarray(0, long.length - 8)), "is cut off");
});

/** The same model with other tokens. */
function insertVocabulary(model: Buffer, tokens: string[]): Buffer {
  const start = 48 + 8 + 4 * 80 * 201;
  const tensors = model.indexOf("encoder.positional_embedding") - 20;
  const entries = tokens.map((token) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(token.length);
    return Buffer.concat([length, Buffer.from(token)]);
  });
  const count = Buffer.alloc(4);
  count.writeUInt32LE(tokens.length);
  return Buffer.concat([model.subarray(0, start), count, ...entries, model.subarray(tensors)]);
}
