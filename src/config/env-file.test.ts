import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { withEnvFile } from "./env-file.ts";

let root = "";
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "env-file-test-"));
});
after(() => rm(root, { recursive: true }));

test("variables of the file are added; those that are set already win, even empty ones", async () => {
  const file = path.join(root, ".env");
  await writeFile(file, '# a comment\nA=file\nB="with # and spaces"\nexport C=3\nD=file\n');
  const variables = { A: "real", D: "" };
  assert.deepEqual(withEnvFile(variables, file), {
    ...{ A: "real", B: "with # and spaces", C: "3", D: "" },
  });
  assert.deepEqual(variables, { A: "real", D: "" });
});

test("without the file nothing changes, and a folder of that name is none", async () => {
  assert.deepEqual(withEnvFile({ A: "1" }, path.join(root, "none")), { A: "1" });
  await mkdir(path.join(root, "folder"));
  assert.deepEqual(withEnvFile({ A: "1" }, path.join(root, "folder")), { A: "1" });
});

test("a file that cannot be read is reported", () => {
  assert.throws(() => withEnvFile({}, path.join(root, "a\0b")), { code: "FILE_UNREADABLE" });
});
