import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import type { ObjectStore } from "../../src/ports/object-store.ts";
import { randomBytesOf } from "../../src/storage/testing/made-up-outputs.ts";

export type ObjectStoreSubject = {
  /** Empty. */
  store: ObjectStore;
  close(): Promise<void>;
};

const signal = new AbortController().signal;

export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}

/** A body that comes in chunks of `size` bytes. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const text = (content: string) => [Buffer.from(content)];

/** What every object store must keep to. */
export function objectStoreConformance(
  name: string,
  makeSubject: () => Promise<ObjectStoreSubject>,
): void {
  describe(`${name} is an object store`, () => {
    let subject: ObjectStoreSubject;
    let store: ObjectStore;
    before(async () => {
      subject = await makeSubject();
      store = subject.store;
    });
    after(() => subject.close());

    const keysBelow = async (prefix: string) =>
      (await Array.fromAsync(store.list(prefix))).map(({ key }) => key).toSorted();
    const contentOf = async (key: string) => (await bytesOf(store.read(key))).toString();

    test("an object is read as it was stored, whole and in 200 ranges", async () => {
      const bytes = randomBytesOf(1, 1_500_000);
      const key = "j1/output/videos/अमित-2_.mp4";
      const stored = await store.put(key, inChunks(bytes, 65_000));
      assert.deepEqual([stored.sizeBytes, stored.created], [bytes.length, true]);
      assert.ok((await bytesOf(store.read(key))).equals(bytes));
      for (let i = 0; i < 200; i++) {
        const start = (i * 7_919 * 7_919) % (bytes.length + 1);
        const end = Math.min(bytes.length, start + ((i * 104_729) % 400_000));
        const range = await bytesOf(store.read(key, { start, end }));
        assert.ok(range.equals(bytes.subarray(start, end)), `${start} to ${end}`);
      }
    });

    test("an object without a byte is one", async () => {
      const stored = await store.put("empty/none.csv", []);
      assert.equal(stored.sizeBytes, 0);
      assert.equal((await store.head("empty/none.csv"))?.sizeBytes, 0);
      assert.equal((await bytesOf(store.read("empty/none.csv"))).length, 0);
    });

    test("an object says its size and when it was stored", async () => {
      const stored = await store.put("heads/a.csv", text("12345"));
      const head = await store.head("heads/a.csv");
      assert.deepEqual(head, { sizeBytes: 5, modifiedAt: stored.modifiedAt });
      assert.ok(Math.abs(stored.modifiedAt - Date.now()) < 60_000, `${stored.modifiedAt}`);
      assert.ok(Number.isInteger(stored.modifiedAt));
    });

    test("a new object takes the place of the old one", async () => {
      await store.put("again/a.csv", text("the older, longer one"));
      const stored = await store.put("again/a.csv", text("newer"));
      assert.equal(stored.created, true);
      assert.equal(await contentOf("again/a.csv"), "newer");
    });

    test("an object that may only be new leaves the old one as it is", async () => {
      await store.put("once/a.csv", text("first"), { ifAbsent: true });
      const head = await store.head("once/a.csv");
      const stored = await store.put("once/a.csv", text("the second"), { ifAbsent: true });
      assert.deepEqual(stored, { ...head, created: false });
      assert.equal(await contentOf("once/a.csv"), "first");
    });

    test("of many that store under one key at a time only one does so as the first", async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.put("race/a.csv", text(`number ${i}`), { ifAbsent: true }),
        ),
      );
      const winner = outcomes.findIndex(({ created }) => created);
      assert.equal(outcomes.filter(({ created }) => created).length, 1);
      assert.equal(await contentOf("race/a.csv"), `number ${winner}`);
      assert.deepEqual(await keysBelow("race/"), ["race/a.csv"]);
    });

    test("a reader sees the older object to its end while a newer one is stored", async () => {
      const older = randomBytesOf(2, 1_000_000);
      await store.put("read/a.mp4", [older]);
      const reading = store.read("read/a.mp4")[Symbol.asyncIterator]();
      const first = await reading.next();
      assert.ok(!first.done);
      await store.put("read/a.mp4", [randomBytesOf(3, 1_000_000)]);
      const rest = await bytesOf({ [Symbol.asyncIterator]: () => reading });
      assert.ok(Buffer.concat([first.value, rest]).equals(older));
    });

    test("a body that fails stores nothing and says what happened", async () => {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield randomBytesOf(4, 100_000);
        throw new Error("the client is gone");
      }
      await store.put("fails/old.csv", text("old"));
      for (const key of ["fails/old.csv", "fails/new.csv", "fails-too/new.csv"]) {
        await assert.rejects(store.put(key, failing()), /^Error: the client is gone$/);
      }
      assert.deepEqual(await keysBelow("fails/"), ["fails/old.csv"]);
      assert.deepEqual(await keysBelow("fails-too/"), []);
      assert.equal(await contentOf("fails/old.csv"), "old");
    });

    test("a cancelled body stores nothing, even one that says nothing any more", async () => {
      const controller = new AbortController();
      async function* hanging(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("half");
        controller.abort();
        await once(new EventTarget(), "never");
      }
      const attempt = store.put("cancelled/a.csv", hanging(), { signal: controller.signal });
      await assert.rejects(attempt, { code: "CANCELLED" });
      const late = store.put("cancelled/b.csv", text("b"), { signal: controller.signal });
      await assert.rejects(late, { code: "CANCELLED" });
      assert.deepEqual(await keysBelow("cancelled/"), []);
    });

    test("an object that is not there is said to be missing", async () => {
      await store.put("there/a.csv", text("a"));
      for (const key of ["none", "none/a.csv", "there", "there/b.csv"]) {
        assert.equal(await store.head(key), null, key);
        await assert.rejects(bytesOf(store.read(key)), { code: "FILE_NOT_FOUND" }, key);
        await assert.rejects(store.localFile(key, { signal }), { code: "FILE_NOT_FOUND" }, key);
        await store.remove(key);
      }
      assert.deepEqual(await Array.fromAsync(store.list("none/")), []);
      await store.removeAll("none/");
      assert.equal(await contentOf("there/a.csv"), "a");
    });

    test("a range beyond an object's end, or none at all, is refused", async () => {
      await store.put("range/a.csv", text("12345"));
      const read = (start: number, end: number) =>
        bytesOf(store.read("range/a.csv", { start, end }));
      await assert.rejects(read(3, 6), { code: "FILE_UNREADABLE" });
      for (const [start, end] of [
        [-1, 3],
        [3, 2],
        [Number.NaN, 3],
      ] as const) {
        await assert.rejects(read(start, end), { code: "INTERNAL" }, `${start} to ${end}`);
      }
      assert.equal((await read(5, 5)).length, 0);
    });

    test("a list has every object below its prefix and no other", async () => {
      for (const key of ["l1/a.csv", "l1/b/c.csv", "l1/b/d/e.csv", "l10/a.csv"]) {
        await store.put(key, text(key));
      }
      assert.deepEqual(await keysBelow("l1/"), ["l1/a.csv", "l1/b/c.csv", "l1/b/d/e.csv"]);
      assert.deepEqual(await keysBelow("l1/b/d/"), ["l1/b/d/e.csv"]);
      const all = await Array.fromAsync(store.list(""));
      const found = all.find(({ key }) => key === "l10/a.csv");
      assert.deepEqual(found, { key: "l10/a.csv", ...(await store.head("l10/a.csv")) });
    });

    test("an object is removed alone, all below a prefix together", async () => {
      for (const key of ["r1/a.csv", "r1/b.csv", "r1/c/d.csv", "r10/a.csv"]) {
        await store.put(key, text(key));
      }
      await store.remove("r1/a.csv");
      assert.deepEqual(await keysBelow("r1/"), ["r1/b.csv", "r1/c/d.csv"]);
      await store.removeAll("r1/");
      await store.removeAll("r1/");
      assert.deepEqual(await keysBelow("r1/"), []);
      assert.deepEqual(await keysBelow("r10/"), ["r10/a.csv"]);
      await store.put("r1/a.csv", text("new"));
      assert.equal(await contentOf("r1/a.csv"), "new");
    });

    test("all below an object's own key is nothing", async () => {
      await store.put("alone/a.csv", text("a"));
      await store.removeAll("alone/a.csv/");
      assert.deepEqual(await Array.fromAsync(store.list("alone/a.csv/")), []);
      assert.equal(await contentOf("alone/a.csv"), "a");
    });

    test("storing succeeds while others remove what makes its folder empty", async () => {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          await store.put(`busy/deep/${i % 7}/a.csv`, text("a"));
          await store.remove(`busy/deep/${i % 7}/a.csv`);
        }),
      );
      assert.deepEqual(await keysBelow("busy/"), []);
    });

    test("a local file has the object's content", async () => {
      await store.put("local/base.mp4", text("movie"));
      const path = await store.localFile("local/base.mp4", { signal });
      assert.equal(await readFile(path, "utf8"), "movie");
      const aborted = store.localFile("local/base.mp4", { signal: AbortSignal.abort() });
      await assert.rejects(aborted, { code: "CANCELLED" });
    });

    test("the room that is left is a number of bytes, or not known", async () => {
      const free = await store.freeBytes();
      assert.ok(free === null || (Number.isInteger(free) && free > 0), `${free}`);
    });

    test("keys of 1,024 bytes are kept, longer ones refused", async () => {
      const segments = [..."abcde"].map((letter) => letter.repeat(203));
      const key = ["long", ...segments].join("/");
      assert.equal(Buffer.byteLength(key), 1024);
      await store.put(key, text("long"));
      assert.deepEqual(await keysBelow("long/"), [key]);
      assert.equal(await contentOf(key), "long");
      await assert.rejects(store.put(`${key}x`, text("x")), { code: "INTERNAL" });
      await assert.rejects(store.put("x".repeat(256), text("x")), { code: "INTERNAL" });
    });

    for (const key of [
      ...["", "/", "/a", "a/", "a//b", ".", "..", "a/..", "a/../b", "../a", "a/./b"],
      ...[".hidden", "a/.b", "a.", "a./b", "a\\b", "a\0b", "a\nb", "a b", "a:b", "a?b", "a*b", "~"],
      ...["%2e%2e/a", "a\u202eb", "a\u200bb", "a\ud800b", "C:/a"],
    ]) {
      test(`${JSON.stringify(key)} is no key`, async () => {
        const refusal = { code: "INTERNAL" };
        await assert.rejects(store.put(key, text("x")), refusal);
        await assert.rejects(bytesOf(store.read(key)), refusal);
        await assert.rejects(store.head(key), refusal);
        await assert.rejects(store.remove(key), refusal);
        await assert.rejects(store.removeAll(`${key}/`), refusal);
        await assert.rejects(store.localFile(key, { signal }), refusal);
        await assert.rejects(Array.fromAsync(store.list(`${key}/`)), refusal);
      });
    }

    test("a prefix without a slash at its end is refused", async () => {
      for (const prefix of ["a", ""]) {
        await assert.rejects(store.removeAll(prefix), { code: "INTERNAL" });
      }
      await assert.rejects(Array.fromAsync(store.list("a")), { code: "INTERNAL" });
    });
  });
}
