import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import { AppError } from "../domain/app-error.ts";
import { diskError } from "../domain/disk-error.ts";
import { forEachConcurrently } from "../domain/limit-concurrency.ts";
import { createRecentPromises } from "../domain/recent.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type {
  NewOutput,
  OutputArchive,
  OutputLocation,
  StoredOutput,
  TemplateShelf,
} from "../ports/output-archive.ts";
import { makeFolder, syncFolder } from "./atomic-file.ts";
import { readRange, writeRendition } from "./piece-file.ts";
import {
  type DecodedRendition,
  decodeRendition,
  encodeRendition,
  referenceTo,
  unreadableRendition,
} from "./rendition-format.ts";
import { createStreamedZip } from "./streamed-zip.ts";

/** More than the disk calls that run at a time (4), so that none waits for the event loop. */
const PUBLISH_CONCURRENCY = 8;
/** Renditions at hand, 20 KB or so each: whoever reads one in ranges asks again and again. */
const RENDITIONS_AT_HAND = 64;
/** Unpacked packs at hand, a few megabytes each: a ZIP takes one rendition after the other. */
const PACKS_AT_HAND = 4;
/** A damaged pack must not unpack to more than memory holds. */
const MAX_PACK_BYTES = 2 ** 30;

type Pack = Extract<OutputLocation, { kind: "pack" }>;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/**
 * Outputs among the objects of a store on this machine: `<job>/output/videos/<file>`, or one pack for
 * each chunk of renditions, `<job>/output/packs/<token>.pack`, which is one after the other as in
 * `rendition-format.ts`, all of them compressed together (zstd, RFC 8878): what surrounds the name is
 * the same in most. A location counts uncompressed bytes.
 * @param options.pathOf Where the store keeps an object: whole files are copies of a template there.
 */
export function createOutputArchive(options: {
  objects: ObjectStore;
  pathOf: (key: string) => string;
  templates: TemplateShelf;
  publishConcurrency?: number;
}): OutputArchive {
  const { objects, pathOf, templates, publishConcurrency = PUBLISH_CONCURRENCY } = options;
  const decoded = createRecentPromises<DecodedRendition>(RENDITIONS_AT_HAND);
  const unpacked = createRecentPromises<Buffer>(PACKS_AT_HAND);

  async function storeFiles(
    jobId: string,
    outputs: readonly NewOutput[],
    signal: AbortSignal,
  ): Promise<OutputLocation[]> {
    if (outputs.length === 0) return [];
    const folderKey = `${jobId}/output/videos`;
    const keys = outputs.map(({ file }) => `${folderKey}/${file}`);
    const paths = keys.map(pathOf);
    const folder = pathOf(folderKey);
    await makeFolder(folder).catch((cause: unknown) => {
      throw diskError(cause, folder);
    });
    await forEachConcurrently(outputs.entries(), publishConcurrency, async ([index, output]) => {
      if (signal.aborted) throw cancelled(jobId);
      const { rendition, template } = output;
      const templateFile = resolve(template.folder, template.file);
      await writeRendition({ rendition, templateFile, path: paths[index] ?? "", signal });
    });
    await syncFolder(folder);
    return keys.map((key) => ({ kind: "file", key }));
  }

  async function storePack(
    key: string,
    outputs: readonly NewOutput[],
    signal: AbortSignal,
  ): Promise<OutputLocation[]> {
    if (outputs.length === 0) return [];
    const encoded = outputs.map(({ file, rendition, template }) => {
      const folder = resolve(templates.templateFolder(template.id));
      return encodeRendition({ rendition, template: referenceTo(template, folder) }, file);
    });
    const pack = await compress(Buffer.concat(encoded), {
      params: { [constants.ZSTD_c_checksumFlag]: 1 },
    });
    await objects.put(key, [pack], { signal });
    let offset = 0;
    return encoded.map(({ length }) => {
      const location: OutputLocation = { kind: "pack", key, offset, length };
      offset += length;
      return location;
    });
  }

  async function loadPacked({ key, offset, length }: Pack): Promise<DecodedRendition> {
    const pack = await unpacked.get(key, () => loadPack(key));
    // A copy: one rendition at hand is not to keep its whole pack in memory.
    return decodeRendition(
      Buffer.from(pack.subarray(offset, offset + length)),
      `${key} at ${offset}`,
    );
  }

  async function loadPack(key: string): Promise<Buffer> {
    const bytes = await gathered(objects.read(key));
    try {
      return await decompress(bytes, { maxOutputLength: MAX_PACK_BYTES });
    } catch (cause) {
      throw unreadableRendition(key, "it cannot be unpacked", cause);
    }
  }

  async function* read(
    { location, sizeBytes, crc32 }: StoredOutput,
    { start, end }: { start: number; end: number },
  ): AsyncGenerator<Uint8Array> {
    const { key } = location;
    if (!(start >= 0 && start <= end && end <= sizeBytes)) {
      throw new AppError("INTERNAL", `no range ${start} to ${end} in ${sizeBytes} bytes of ${key}`);
    }
    if (location.kind === "file") return yield* objects.read(key, { start, end });
    const { rendition, template } = await decoded.get(
      `${key} ${location.offset} ${location.length}`,
      () => loadPacked(location),
    );
    if (rendition.size !== sizeBytes || rendition.crc32 !== crc32) {
      const message = `${key} at ${location.offset} is the rendition of another file: run the campaign again`;
      throw new AppError("FILE_UNREADABLE", message);
    }
    const templateFile = join(templates.templateFolder(template.id), template.file);
    yield* readRange(rendition, templateFile, start, end);
  }

  return {
    async store({ jobId, keeps, token, outputs, signal }) {
      if (signal.aborted) throw cancelled(jobId);
      const locations =
        keeps === "files"
          ? await storeFiles(jobId, outputs, signal)
          : await storePack(`${packsOf(jobId)}${token}.pack`, outputs, signal);
      return locations.map((location, index) => storedOutput(location, outputs[index]));
    },
    read,
    zip(members) {
      const entries = members.map((member) => ({
        ...member,
        size: member.sizeBytes,
        modified: new Date(member.modifiedAt),
      }));
      return createStreamedZip(entries, read);
    },
    async removeUnneeded(jobId, needed) {
      for await (const { key } of objects.list(packsOf(jobId))) {
        if (!needed.has(key)) await objects.remove(key);
      }
    },
  };
}

function packsOf(jobId: string): string {
  return `${jobId}/output/packs/`;
}

function storedOutput(location: OutputLocation, output: NewOutput | undefined): StoredOutput {
  if (!output) throw new AppError("INTERNAL", `${location.key} is of no output`);
  return { location, sizeBytes: output.rendition.size, crc32: output.rendition.crc32 };
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}

function cancelled(jobId: string): AppError {
  return new AppError("CANCELLED", `storing outputs of the job ${jobId} was cancelled`);
}
