import type { Rendition } from "../domain/rendition.ts";
import type { Template } from "../domain/template.ts";

/** One recipient's output as it is to be stored. */
export type NewOutput = { file: string; rendition: Rendition; template: Template };

/** Where a stored output is: a file of its own, or a part of a chunk's pack of renditions. */
export type OutputLocation =
  | { kind: "file"; key: string }
  | { kind: "pack"; key: string; offset: number; length: number };

export type StoredOutput = {
  location: OutputLocation;
  sizeBytes: number;
  /** CRC-32 as in ZIP. */
  crc32: number;
};

/** A stored output under the name it has in a ZIP. */
export type ArchivedFile = StoredOutput & {
  name: string /** Ms since 1970. */;
  modifiedAt: number;
};

/** Keeps the outputs of jobs, as whole files or as packed renditions. */
export interface OutputArchive {
  /**
   * Stores a chunk's outputs; each is whole when this resolves. Storing the same outputs again, by
   * whoever, is harmless.
   * @param request.token Names the pack: unique for every attempt at a chunk.
   * @returns in the order of `outputs`.
   * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE, CANCELLED.
   */
  store(request: {
    jobId: string;
    keeps: "files" | "renditions";
    token: string;
    outputs: readonly NewOutput[];
    signal: AbortSignal;
  }): Promise<StoredOutput[]>;
  /**
   * The bytes `start` (inclusive) to `end` (exclusive) of one output's file.
   * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, when read.
   */
  read(output: StoredOutput, range: { start: number; end: number }): AsyncIterable<Uint8Array>;
  /**
   * Members as one ZIP (ZIP64 where needed), in their order; nothing is read before `read`.
   * @throws AppError INVALID_OPTION for a name that is not plain or there twice.
   */
  zip(members: readonly ArchivedFile[]): {
    sizeBytes: number;
    read(range: { start: number; end: number }): AsyncIterable<Uint8Array>;
  };
  /** Removes the packs of a job that are not in `needed` (object keys): attempts that took no effect. */
  removeUnneeded(jobId: string, needed: ReadonlySet<string>): Promise<void>;
}

/** Compiled templates by content hash, shared by all jobs of a data folder. */
export interface TemplateShelf {
  /** Where the template `id` belongs; the media engine makes it. */
  templateFolder(id: string): string;
  /** A new name beside it, to build in. */
  templatePartFolder(id: string): string;
  /** Deletes a template; one that is not there is no error. */
  remove(id: string): Promise<void>;
  /** All that are there, with when each was made (ms since 1970). */
  list(): Promise<{ id: string; modifiedAt: number }[]>;
}
