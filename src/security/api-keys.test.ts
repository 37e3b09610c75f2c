import assert from "node:assert/strict";
import { test } from "node:test";
import { hashApiKey, newApiKey } from "./api-keys.ts";

test("every key is new and holds 256 random bits after its prefix", () => {
  const keys = Array.from({ length: 100 }, () => newApiKey().key);
  assert.equal(new Set(keys).size, 100);
  for (const key of keys) {
    assert.match(key, /^voc_[\w-]{43}$/u);
    assert.equal(Buffer.from(key.slice(4), "base64url").length, 32);
  }
});

test("what is kept of a key finds it again and does not hold it", () => {
  const { key, hash, prefix } = newApiKey();
  assert.equal(hashApiKey(key), hash);
  assert.match(hash, /^[0-9a-f]{64}$/u);
  assert.ok(key.startsWith(prefix) && prefix.length <= 12);
  assert.notEqual(hashApiKey(`${key} `), hash);
});
