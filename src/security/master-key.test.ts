import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { loadMasterKey } from "./master-key.ts";

let root = "";
let count = 0;
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "master-key-test-"));
});
after(() => rm(root, { recursive: true }));
const newFile = () => path.join(root, String(count++), "secret.key");

test("a key is made once, for its owner's eyes only, and found again", async () => {
  const file = newFile();
  const key = await loadMasterKey({ file });
  assert.equal(key.length, 32);
  assert.ok(!key.equals(Buffer.alloc(32)));
  assert.deepEqual(await loadMasterKey({ file }), key);
  assert.deepEqual(await readFile(file), key);
  if (process.platform !== "win32") assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test("all who start together get one key, and nothing half-made is left", async () => {
  const file = newFile();
  const keys = await Promise.all(Array.from({ length: 20 }, () => loadMasterKey({ file })));
  assert.equal(new Set(keys.map((key) => key.toString("hex"))).size, 1);
  assert.deepEqual(await readdir(path.dirname(file)), ["secret.key"]);
});

test("a key from the environment wins, as hex or base64, and no file is made", async () => {
  const key = randomBytes(32);
  for (const encoding of ["hex", "base64", "base64url"] as const) {
    const file = newFile();
    assert.deepEqual(await loadMasterKey({ file, fromEnv: key.toString(encoding) }), key);
    await assert.rejects(stat(file), { code: "ENOENT" });
  }
});

test("what is no key is refused, without repeating it", async () => {
  for (const fromEnv of ["", "canary", "ab".repeat(31), randomBytes(16).toString("base64")]) {
    const error = await loadMasterKey({ file: newFile(), fromEnv }).catch((thrown) => thrown);
    assert.equal(error.code, "INVALID_OPTION");
    assert.match(error.message, /VOCATIVE_SECRET_KEY/u);
    assert.ok(fromEnv === "" || !error.message.includes(fromEnv));
  }
});

test("a damaged file is reported and left as it is", async () => {
  const file = path.join(root, "damaged.key");
  await writeFile(file, "short");
  await assert.rejects(loadMasterKey({ file }), {
    code: "INVALID_OPTION",
    message: /damaged\.key has 5 bytes/u,
  });
  assert.equal(await readFile(file, "utf8"), "short");
});

test("a folder that cannot be written to is named", async () => {
  const file = path.join(root, "a-file");
  await writeFile(file, "");
  await assert.rejects(loadMasterKey({ file: path.join(file, "secret.key") }), (error: Error) => {
    assert.match(error.message, /a-file/u);
    return "code" in error;
  });
});
