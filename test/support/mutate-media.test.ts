import assert from "node:assert/strict";
import { test } from "node:test";
import { mutations } from "./mutate-media.ts";

const BASE = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
BASE.set(Buffer.from("\0\0\x01\0moov\0\0\0\x10trak"), 100);

test("the same seed gives the same damage, another seed another", () => {
  const of = (seed: number) => [...mutations(BASE, seed, 24)];
  assert.deepEqual(of(1), of(1));
  assert.notDeepEqual(of(1), of(2));
});

test("every copy of a kind differs from the original, which stays as it was", () => {
  const before = BASE.slice();
  const kinds = new Set<string>();
  for (const { kind, bytes } of mutations(BASE, 3, 80)) {
    kinds.add(kind);
    assert.notDeepEqual(bytes, BASE, kind);
  }
  assert.equal(kinds.size, 8);
  assert.deepEqual(BASE, before);
});
