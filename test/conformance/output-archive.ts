import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { Rendition } from "../../src/domain/rendition.ts";
import type { ObjectStore } from "../../src/ports/object-store.ts";
import type {
  ArchivedFile,
  NewOutput,
  OutputArchive,
  StoredOutput,
  TemplateShelf,
} from "../../src/ports/output-archive.ts";
import {
  type MadeUpTemplate,
  madeUpTemplate,
  wholeFile,
} from "../../src/storage/testing/made-up-outputs.ts";
import { unzip } from "../support/unzip.ts";
import { bytesOf } from "./object-store.ts";

export type OutputArchiveSubject = {
  archive: OutputArchive;
  /** Where it keeps its outputs; empty. */
  objects: ObjectStore;
  templates: TemplateShelf;
  close(): Promise<void>;
};

const signal = new AbortController().signal;
const modifiedAt = Date.UTC(2026, 2, 4, 5, 6, 8);

/** What every output archive must keep to. */
export function outputArchiveConformance(
  name: string,
  makeSubject: () => Promise<OutputArchiveSubject>,
): void {
  describe(`${name} is an output archive`, () => {
    let subject: OutputArchiveSubject;
    let archive: OutputArchive;
    let made: MadeUpTemplate;
    let folder = "";
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), "output-archive-test-"));
      subject = await makeSubject();
      archive = subject.archive;
      made = await templateOf("one", 400_000);
    });
    after(async () => {
      made.close();
      await subject.close();
      await rm(folder, { recursive: true });
    });

    const templateOf = (id: string, sizeBytes: number) =>
      madeUpTemplate({ folder: subject.templates.templateFolder(id), id, sizeBytes });
    const outputOf = (file: string, rendition: Rendition, of = made): NewOutput => ({
      file,
      rendition,
      template: of.template,
    });
    const fileOf = ({ rendition }: NewOutput, of = made) => wholeFile(rendition, of.bytes);
    const whole = (output: StoredOutput) => ({ start: 0, end: output.sizeBytes });
    const member = (output: StoredOutput | undefined, called: string): ArchivedFile => {
      assert.ok(output);
      return { ...output, name: called, modifiedAt };
    };
    const unzipped = async (bytes: Buffer) => {
      const file = path.join(folder, "outputs.zip");
      await writeFile(file, bytes);
      return unzip(file);
    };
    const keysBelow = async (prefix: string) =>
      (await Array.fromAsync(subject.objects.list(prefix))).map(({ key }) => key).toSorted();

    for (const keeps of ["files", "renditions"] as const) {
      const store = (jobId: string, token: string, outputs: NewOutput[], within = signal) =>
        archive.store({ jobId, keeps, token, outputs, signal: within });

      describe(`keeping ${keeps}`, () => {
        test("outputs are read as they are, in the order they were stored", async () => {
          const outputs = Array.from({ length: 20 }, (_, i) =>
            outputOf(`अमित-${i}.mp4`, i % 3 === 0 ? made.moved(i) : made.patched(i)),
          );
          const stored = await store(`whole-${keeps}`, "t1", outputs);
          assert.equal(stored.length, outputs.length);
          for (const [index, each] of stored.entries()) {
            const output = outputs[index];
            assert.ok(output);
            const { size, crc32 } = output.rendition;
            assert.deepEqual([each.sizeBytes, each.crc32], [size, crc32]);
            assert.ok((await bytesOf(archive.read(each, whole(each)))).equals(fileOf(output)));
          }
        });

        test("200 random ranges of an output are those of the file", async () => {
          const output = outputOf("ranges.mp4", made.moved(5));
          const expected = fileOf(output);
          const [stored] = await store(`ranges-${keeps}`, "t1", [output]);
          assert.ok(stored);
          for (let i = 0; i < 200; i++) {
            const start = (i * 7_919 * 7_919) % (expected.length + 1);
            const end = Math.min(expected.length, start + ((i * 104_729) % 200_000));
            const range = await bytesOf(archive.read(stored, { start, end }));
            assert.ok(range.equals(expected.subarray(start, end)), `${start} to ${end}`);
          }
          for (const [start, end] of [
            [-1, 3],
            [3, 2],
            [0, expected.length + 1],
          ] as const) {
            const attempt = bytesOf(archive.read(stored, { start, end }));
            await assert.rejects(attempt, { code: "INTERNAL" }, `${start} to ${end}`);
          }
        });

        test("outputs of several templates may be in one chunk", async () => {
          const two = await templateOf(`two-${keeps}`, 90_000);
          const outputs = [
            outputOf("a.mp4", made.patched(1)),
            outputOf("b.mp4", two.patched(2), two),
          ];
          const [first, second] = await store(`several-${keeps}`, "t1", outputs);
          assert.ok(first && second && outputs[0] && outputs[1]);
          assert.ok((await bytesOf(archive.read(first, whole(first)))).equals(fileOf(outputs[0])));
          const bytes = await bytesOf(archive.read(second, whole(second)));
          assert.ok(bytes.equals(fileOf(outputs[1], two)));
          two.close();
        });

        test("storing the same outputs again, even at once, leaves them readable", async () => {
          const outputs = [1, 2, 3].map((i) => outputOf(`${i}.mp4`, made.patched(i)));
          const attempts = await Promise.all([
            store(`again-${keeps}`, "t1", outputs),
            store(`again-${keeps}`, "t2", outputs),
          ]);
          for (const stored of [...attempts, await store(`again-${keeps}`, "t3", outputs)]) {
            for (const [index, each] of stored.entries()) {
              const bytes = await bytesOf(archive.read(each, whole(each)));
              assert.ok(bytes.equals(fileOf(outputs[index] ?? assert.fail())));
            }
          }
        });

        test("a chunk without an output is no error", async () => {
          assert.deepEqual(await store(`nothing-${keeps}`, "t1", []), []);
        });

        test("a cancelled chunk stores nothing", async () => {
          const outputs = [outputOf("a.mp4", made.patched(1))];
          const attempt = store(`cancelled-${keeps}`, "t1", outputs, AbortSignal.abort());
          await assert.rejects(attempt, { code: "CANCELLED" });
          assert.deepEqual(await keysBelow(`cancelled-${keeps}/`), []);
        });

        test("outputs under a name that leads elsewhere are not stored", async () => {
          const outputs = [outputOf("a.mp4", made.patched(1))];
          await assert.rejects(store("../up", "t1", outputs), { code: "INTERNAL" });
          const [file, token] = keeps === "files" ? ["../a.mp4", "t1"] : ["a.mp4", "../t1"];
          const attempt = store("j", token, [outputOf(file, made.patched(1))]);
          await assert.rejects(attempt, { code: "INTERNAL" });
        });

        test("an output whose object is gone is said to be missing", async () => {
          const [stored] = await store(`gone-${keeps}`, "t1", [outputOf("a.mp4", made.patched(1))]);
          assert.ok(stored);
          await subject.objects.removeAll(`gone-${keeps}/`);
          const attempt = bytesOf(archive.read(stored, whole(stored)));
          await assert.rejects(attempt, { code: "FILE_NOT_FOUND" });
        });

        test("a ZIP has every output under its name, and any range of it is right", async () => {
          const outputs = Array.from({ length: 12 }, (_, i) =>
            outputOf(`${i}.mp4`, i % 4 === 0 ? made.moved(i) : made.patched(i)),
          );
          const stored = await store(`zip-${keeps}`, "t1", outputs);
          const names = outputs.map((_, i) => `Zoë ${i}.mp4`);
          const zip = archive.zip(stored.map((each, i) => member(each, names[i] ?? "")));
          const bytes = await bytesOf(zip.read({ start: 0, end: zip.sizeBytes }));
          assert.equal(bytes.length, zip.sizeBytes);
          const contents = await unzipped(bytes);
          assert.deepEqual([...contents.keys()], names);
          for (const [i, output] of outputs.entries()) {
            assert.ok(contents.get(names[i] ?? "")?.equals(fileOf(output)), names[i]);
          }
          for (let i = 0; i < 200; i++) {
            const start = (i * 7_919 * 7_919) % (bytes.length + 1);
            const end = Math.min(bytes.length, start + ((i * 104_729) % 900_000));
            const range = await bytesOf(zip.read({ start, end }));
            assert.ok(range.equals(bytes.subarray(start, end)), `${start} to ${end}`);
          }
          for (let start = bytes.length - 300; start < bytes.length; start += 7) {
            const range = await bytesOf(zip.read({ start, end: start + 5 }));
            assert.ok(range.equals(bytes.subarray(start, start + 5)), `${start}`);
          }
        });
      });
    }

    test("packs of attempts that took no effect are removed, and nothing else", async () => {
      const outputs = [outputOf("a.mp4", made.patched(1))];
      const request = { jobId: "packs", keeps: "renditions", outputs, signal } as const;
      const [kept] = await archive.store({ ...request, token: "kept" });
      await archive.store({ ...request, token: "lost" });
      await archive.store({ ...request, jobId: "packs2", token: "lost" });
      await archive.store({ ...request, keeps: "files", token: "lost" });
      assert.ok(kept);
      const all = await keysBelow("packs/");
      await archive.removeUnneeded("packs", new Set([kept.location.key]));
      const left = await keysBelow("packs/");
      assert.equal(left.length, all.length - 1);
      assert.ok(left.includes(kept.location.key));
      assert.equal((await keysBelow("packs2/")).length, 1);
      assert.ok((await bytesOf(archive.read(kept, whole(kept)))).length > 0);
    });

    test("a part of a pack that is no rendition, or another one, is unreadable", async () => {
      const outputs = [1, 2].map((i) => outputOf(`${i}.mp4`, made.patched(i)));
      const [first, second] = await archive.store({
        jobId: "wrong",
        keeps: "renditions",
        token: "t1",
        outputs,
        signal,
      });
      assert.ok(first?.location.kind === "pack" && second);
      const { location } = first;
      const wrong: StoredOutput[] = [
        { ...first, location: second.location },
        { ...first, crc32: first.crc32 ^ 1 },
        { ...first, location: { ...location, offset: location.offset + 1 } },
        { ...first, location: { ...location, length: location.length - 1 } },
        { ...first, location: { ...location, length: location.length + 1 } },
        { ...first, location: { ...location, length: 10 * location.length } },
      ];
      for (const each of wrong) {
        const attempt = bytesOf(archive.read(each, whole(each)));
        await assert.rejects(attempt, { code: "FILE_UNREADABLE" }, JSON.stringify(each));
      }
    });

    test("renditions of a template that is gone are said to miss it", async () => {
      const short = await templateOf("gone", 90_000);
      const outputs = [outputOf("a.mp4", short.patched(1), short)];
      const request = { jobId: "untemplated", keeps: "renditions", outputs, signal } as const;
      const [stored] = await archive.store({ ...request, token: "t1" });
      short.close();
      await subject.templates.remove("gone");
      assert.ok(stored);
      const attempt = bytesOf(archive.read(stored, whole(stored)));
      await assert.rejects(attempt, { code: "FILE_NOT_FOUND", message: /template gone/ });
    });

    test("a ZIP's member that is damaged fails when it is read, the others do not", async () => {
      const outputs = [1, 2].map((i) => outputOf(`${i}.mp4`, made.patched(i)));
      const request = { jobId: "damaged", keeps: "files", outputs, signal } as const;
      const [first, second] = await archive.store({ ...request, token: "t1" });
      assert.ok(first && second);
      await subject.objects.remove(first.location.key);
      const zip = archive.zip([member(first, "1.mp4"), member(second, "2.mp4")]);
      const all = bytesOf(zip.read({ start: 0, end: zip.sizeBytes }));
      await assert.rejects(all, { code: "FILE_NOT_FOUND" });
      const half = Math.ceil(zip.sizeBytes / 2);
      const rest = await bytesOf(zip.read({ start: half, end: zip.sizeBytes }));
      assert.equal(rest.length, zip.sizeBytes - half);
    });

    test("a ZIP of nothing is an empty one", async () => {
      const zip = archive.zip([]);
      const bytes = await bytesOf(zip.read({ start: 0, end: zip.sizeBytes }));
      assert.deepEqual([...(await unzipped(bytes)).keys()], []);
    });

    test("a ZIP refuses names that are not plain or there twice, and ranges beyond it", async () => {
      const output: StoredOutput = {
        location: { kind: "file", key: "none/a.mp4" },
        sizeBytes: 1,
        crc32: 0,
      };
      for (const names of [["a/b.mp4"], [".."], [""], ["a.mp4", "a.mp4"]]) {
        const members = names.map((each) => member(output, each));
        assert.throws(() => archive.zip(members), { code: "INVALID_OPTION" }, names.join());
      }
      const zip = archive.zip([member(output, "a.mp4")]);
      for (const [start, end] of [
        [-1, 3],
        [3, 2],
        [0, zip.sizeBytes + 1],
      ] as const) {
        await assert.rejects(bytesOf(zip.read({ start, end })), { code: "INTERNAL" });
      }
    });
  });
}
