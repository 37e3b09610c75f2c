import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { createGpuInfo } from "./gpu-info.ts";

const folder = mkdtempSync(path.join(tmpdir(), "gpu-info-test-"));
after(() => rmSync(folder, { recursive: true }));

/** A program that notes its arguments and prints a report. */
function standIn(name: string, report: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "$@" >> "${file}.log"\ncat <<'END'\n${report}\nEND\n`);
  chmodSync(file, 0o755);
  return file;
}

const REPORT = `
==============NVSMI LOG==============

Driver Version                            : 535.104.05
CUDA Version                              : 12.2

GPU 00000000:01:00.0
    Product Name                          : NVIDIA GeForce RTX 3090
    FB Memory Usage
        Total                             : 24576 MiB
        Reserved                          : 164 MiB
        Used                              : 2396 MiB
        Free                              : 22016 MiB
    BAR1 Memory Usage
        Total                             : 256 MiB
        Used                              : 5 MiB`;

test("a device is told as nvidia-smi reports it, and asked for no more than needed", async () => {
  const program = standIn("nvidia-smi", REPORT);
  const time = { now: 0 };
  const gpu = createGpuInfo({ device: "1", clock: () => time.now, program });
  const expected = {
    ...{ device_name: "NVIDIA GeForce RTX 3090", cuda_version: "12.2" },
    ...{ memory_allocated: "2.34 GB", memory_reserved: "2.50 GB" },
  };
  assert.deepEqual(await gpu(), expected);
  assert.deepEqual(await gpu(), expected);
  time.now = 10_001;
  await gpu();
  assert.equal(readFileSync(`${program}.log`, "utf8"), "-q -i 1\n-q -i 1\n");
});

test("without the program, or with one that reports nothing, there is no device", async () => {
  for (const program of [path.join(folder, "none"), standIn("broken", "No devices were found")]) {
    assert.equal(await createGpuInfo({ device: "0", clock: () => 0, program })(), null);
  }
});
