import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readOnnxMetadata } from "./onnx-metadata.ts";
import { voiceFile } from "./testing/made-up-models.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "onnx-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function read(bytes: Uint8Array | string) {
  const path = join(folder, "model.onnx");
  writeFileSync(path, bytes);
  return readOnnxMetadata(path);
}

const whole = voiceFile({ metadata: { voice: "हिन्दी", empty: "" } });

test("what a model's maker wrote of it is read, whatever its letters", () => {
  const known = read(whole);
  assert.ok("properties" in known);
  assert.equal(known.properties.get("voice"), "हिन्दी");
  assert.equal(known.properties.get("empty"), "");
  assert.equal(known.properties.get("n_speakers"), "2");
});

test("a file that was cut off is told, wherever that was in its weights or behind them", () => {
  for (const end of [100, 500, whole.length - 1]) {
    assert.deepEqual(read(whole.subarray(0, end)), { damage: "is cut off" }, `at ${end}`);
  }
});

test("what is no ONNX file is told so, and reads end soon", () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 63201294\n";
  const endless = Buffer.from(Array.from({ length: 60_000 }, (_, index) => (index % 2 ? 1 : 8)));
  for (const bytes of [
    "",
    "<!doctype html><title>404</title>",
    pointer,
    Buffer.alloc(5000),
    endless,
  ]) {
    assert.deepEqual(read(bytes), { damage: "is no ONNX model" }, String(bytes).slice(0, 20));
  }
});

test("no byte that is changed makes the reader fail or hang", () => {
  for (let at = 0; at < whole.length; at += 3) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    const known = read(changed);
    assert.ok("properties" in known || known.damage !== "");
  }
});
