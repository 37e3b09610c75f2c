import { AppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Logger } from "../../ports/logger.ts";
import { type Passage, parseDocument } from "./parse-document.ts";
import { indexPassages, type PassageIndex } from "./passage-index.ts";
import { type DocumentFile, listDocuments, readDocument } from "./read-folder.ts";
import type { FaqLanguage } from "./words.ts";

/** The documents by language, as they were read last. */
export type Shelves = ReadonlyMap<FaqLanguage, PassageIndex>;

export type Library = {
  /**
   * The documents as they are now. Reading changed ones is waited for only for a moment; meanwhile
   * the former ones answer.
   * @throws AppError LANGUAGE_FAILED, CANCELLED.
   */
  open(options: { signal: AbortSignal }): Promise<Shelves>;
  close(): void;
};

export type LibraryOptions = {
  folder: string;
  /** All documents together; those beyond it are left out with a warning. */
  maxBytes: number;
  /** Told which documents cannot be read. */
  logger: Pick<Logger, "warn">;
  /** Waits; rejects when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

/** So long a question waits for documents that have changed. */
const PATIENCE_MS = 400;

type Reading = { stamp: string; shelves: Promise<Shelves> };

/** Reads a folder of documents, and again what has changed. */
export function createLibrary({ folder, maxBytes, logger, wait }: LibraryOptions): Library {
  const closing = new AbortController();
  /** Passages of each file, so that only changed files are read again. */
  let parsed = new Map<string, { stamp: string; passages: Passage[] }>();
  let ready: { stamp: string; shelves: Shelves } | undefined;
  let reading: Reading | undefined;

  async function read(files: readonly DocumentFile[]): Promise<Shelves> {
    const signal = closing.signal;
    const next: typeof parsed = new Map();
    let bytes = 0;
    for (const one of files) {
      checkSignal(signal);
      const known = parsed.get(one.file);
      bytes += one.sizeBytes;
      if (bytes > maxBytes) {
        bytes -= one.sizeBytes;
        logger.warn(
          { file: one.file, maxBytes },
          "a document is left out: all together are too large",
        );
      } else if (known?.stamp === one.stamp) {
        next.set(one.file, known);
      } else {
        const source = await readDocument(one);
        if (source === null)
          logger.warn({ file: one.file }, "a document is left out: it is no UTF-8 text");
        const passages = source === null ? [] : parseDocument({ file: one.file, source });
        next.set(one.file, { stamp: one.stamp, passages });
      }
    }
    parsed = next;
    const byLanguage = Map.groupBy(
      [...next.values()].flatMap(({ passages }) => passages),
      ({ language }) => language,
    );
    const shelves = new Map<FaqLanguage, PassageIndex>();
    for (const [language, passages] of byLanguage) {
      shelves.set(language, await indexPassages(passages, { signal }));
    }
    return shelves;
  }

  /** One reading at a time: what changes during one is found by the next question. */
  function begin(stamp: string, files: readonly DocumentFile[]): Reading {
    const shelves = read(files).then(
      (made) => {
        ready = { stamp, shelves: made };
        reading = undefined;
        return made;
      },
      (thrown: unknown) => {
        reading = undefined;
        throw thrown;
      },
    );
    shelves.catch(() => {}); // whoever waits for it is told
    reading = { stamp, shelves };
    return reading;
  }

  return {
    async open({ signal }) {
      if (closing.signal.aborted) throw new AppError("CANCELLED", "the documents have been closed");
      const files = await listDocuments(folder, { signal });
      checkSignal(signal);
      const stamp = files.map((one) => `${one.file} ${one.stamp}`).join("\n");
      if (ready?.stamp === stamp) return ready.shelves;
      const current = reading ?? begin(stamp, files);
      using stopped = stopAtEnd(signal);
      const late = wait(ready ? PATIENCE_MS : 2 ** 31 - 1, stopped.signal).then(
        () => ready?.shelves ?? current.shelves,
        () => {
          checkSignal(signal);
          return current.shelves;
        },
      );
      return await Promise.race([current.shelves, late]);
    },
    close: () => closing.abort(),
  };
}

/** A signal that aborts with `signal`, or at the end of its block: no timer is left behind. */
function stopAtEnd(signal: AbortSignal): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  return {
    signal: AbortSignal.any([signal, controller.signal]),
    [Symbol.dispose]: () => controller.abort(),
  };
}
