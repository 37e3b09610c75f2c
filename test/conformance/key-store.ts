import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { ApiKey, KeyStore } from "../../src/ports/key-store.ts";

export type KeyStoreSubject = { keys: KeyStore; close(): Promise<void> };

/** What every key store must keep to. `open` is called for each test and gives an empty store. */
export function keyStoreConformance(name: string, open: () => Promise<KeyStoreSubject>): void {
  describe(`${name} is a key store`, () => {
    let subject: KeyStoreSubject;
    let keys: KeyStore;
    beforeEach(async () => {
      subject = await open();
      keys = subject.keys;
    });
    afterEach(() => subject.close());

    test("a key is found by its hash and comes back as it was made", async () => {
      await keys.create(key("one"));
      assert.deepEqual(await keys.findByHash(key("one").hash), key("one"));
      assert.equal(await keys.findByHash(key("two").hash), null);
      assert.equal(await keys.findByHash(""), null);
    });

    test("whether there is any key is known at once", async () => {
      assert.equal(await keys.any(), false);
      await keys.create(key("one"));
      assert.equal(await keys.any(), true);
      await keys.remove("one");
      assert.equal(await keys.any(), false);
    });

    test("keys are listed in the order they were made", async () => {
      await keys.create({ ...key("one"), createdAt: 30 });
      await keys.create({ ...key("two"), createdAt: 10 });
      await keys.create({ ...key("three"), createdAt: 20 });
      assert.deepEqual(
        (await keys.list()).map(({ id }) => id),
        ["two", "three", "one"],
      );
    });

    test("a removed key is found no more, and the others are", async () => {
      await keys.create(key("one"));
      await keys.create(key("two"));
      assert.equal(await keys.remove("one"), true);
      assert.equal(await keys.remove("one"), false);
      assert.equal(await keys.findByHash(key("one").hash), null);
      assert.deepEqual(await keys.list(), [key("two")]);
    });

    test("two keys cannot have one hash", async () => {
      await keys.create(key("one"));
      await assert.rejects(keys.create({ ...key("two"), hash: key("one").hash }));
      assert.deepEqual(await keys.list(), [key("one")]);
    });

    test("the latest use of a key is noted, in whatever order uses are told", async () => {
      await keys.create(key("one"));
      await keys.create(key("two"));
      for (const at of [1000, 3000, 2000]) await keys.noteUse("one", at);
      assert.equal((await keys.findByHash(key("one").hash))?.lastUsedAt, 3000);
      assert.equal((await keys.findByHash(key("two").hash))?.lastUsedAt, null);
    });
  });
}

function key(id: string): ApiKey {
  return {
    id,
    tenant: "acme",
    name: `Key ${id}`,
    scopes: ["read", "write"],
    hash: Buffer.from(id.padEnd(32, "-")).toString("hex"),
    prefix: `voc_${id}`,
    createdAt: 1_739_020_000_123,
    lastUsedAt: null,
  };
}
