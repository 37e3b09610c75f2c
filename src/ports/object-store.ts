/**
 * Files by key, such as `<job id>/input/recipients.csv`: names joined by `/`, of letters and digits of
 * every script, `_`, `-` and `.` (at neither end), 1,024 bytes at most. No key may continue another
 * one by a `/`. What is no key is an AppError INTERNAL.
 */
export interface ObjectStore {
  /**
   * Stores `body` under `key`, whole or not at all: a reader sees the former object or the new one.
   * Its length need not be known before.
   * @param options.ifAbsent Leaves an object that is there already as it is.
   * @returns the object that is there now; `created` says whether it is `body`.
   * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE, CANCELLED, or what `body` throws; nothing is left then.
   */
  put(
    key: string,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: { ifAbsent?: boolean; signal?: AbortSignal },
  ): Promise<StoredObject & { created: boolean }>;
  /**
   * The bytes `start` (inclusive) to `end` (exclusive), or all; in chunks that are the caller's to keep.
   * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE (it ends before `end`), when read.
   */
  read(key: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array>;
  head(key: string): Promise<StoredObject | null>;
  /** Every object whose key begins with `prefix` (which ends in `/`, or is empty), in no order. */
  list(prefix: string): AsyncIterable<StoredObject & { key: string }>;
  /** An object that is not there is no error. */
  remove(key: string): Promise<void>;
  /** Removes every object whose key begins with `prefix`, which ends in `/`. */
  removeAll(prefix: string): Promise<void>;
  /**
   * A path on this machine with the object's content, to be read only: media workers read files.
   * @throws AppError FILE_NOT_FOUND.
   */
  localFile(key: string, options: { signal: AbortSignal }): Promise<string>;
  /** Bytes that can still be stored; null when there is no known limit. */
  freeBytes(): Promise<number | null>;
}

export type StoredObject = {
  sizeBytes: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
};
