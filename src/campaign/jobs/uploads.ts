import { createHash } from "node:crypto";
import { extname } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { Upload, UploadedFile } from "../../domain/upload.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { inputPrefix, jobPrefix } from "./job-objects.ts";

const MIB = 2 ** 20;
const MAX_SHEET_BYTES = 20 * MIB;
const MAX_SAMPLE_BYTES = 50 * MIB;
/** What stays free on the disk for everything else. */
const RESERVED_BYTES = 256 * MIB;
const EXTENSION = /^\.[a-z0-9]{1,5}$/;

/** What a form may bring, and how large each file may be. */
export type UploadFields = Record<string, { maxBytes: number }>;

export function uploadFields(maxBaseBytes: number) {
  const base_video = { maxBytes: maxBaseBytes };
  const recipients = { maxBytes: MAX_SHEET_BYTES };
  const voice_sample = { maxBytes: MAX_SAMPLE_BYTES };
  return {
    job: { base_video, recipients, voice_sample },
    preview: { base_video, voice_sample },
    base: { base_video },
  };
}

/**
 * Makes place for the files of one form under `<id>/input/`.
 * @param request.expectedBytes What the client says it will send; null when it does not say.
 * @throws AppError DISK_FULL when that does not fit.
 */
export async function openUpload(request: {
  objects: ObjectStore;
  id: string;
  fields: UploadFields;
  expectedBytes: number | null;
}): Promise<Upload> {
  const { objects, id, fields, expectedBytes } = request;
  await requireSpace(objects, expectedBytes ?? 0);
  const files = new Map<string, UploadedFile>();
  let kept = false;

  return {
    id,
    files,
    async add(field, { fileName, body, signal }) {
      const limit = fields[field];
      if (!limit) {
        const known = Object.keys(fields).join(", ");
        throw new AppError(
          "INVALID_OPTION",
          `the field ${JSON.stringify(field)} takes no file: files go into ${known}`,
        );
      }
      if (files.has(field)) {
        throw new AppError("INVALID_OPTION", `the file ${field} was sent twice: send it once`);
      }
      const hash = createHash("sha256");
      const key = `${inputPrefix(id)}${field}${extensionOf(fileName)}`;
      const { sizeBytes } = await objects.put(
        key,
        measured(body, (chunk, size) => {
          if (size > limit.maxBytes) throw tooLarge(field, limit.maxBytes);
          hash.update(chunk);
        }),
        { signal },
      );
      files.set(field, { key, fileName, sizeBytes, sha256: hash.digest("hex") });
    },
    keep() {
      kept = true;
    },
    async discard() {
      if (!kept) await objects.removeAll(jobPrefix(id));
    },
  };
}

async function requireSpace(objects: ObjectStore, bytes: number): Promise<void> {
  const free = await objects.freeBytes();
  if (free === null || free - RESERVED_BYTES >= bytes) return;
  throw new AppError(
    "DISK_FULL",
    `the server has no room for ${Math.ceil(bytes / MIB)} MiB more: try again later, or ask its operator to free some`,
  );
}

async function* measured(
  body: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array, sizeSoFar: number) => void,
): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    onChunk(chunk, size);
    yield chunk;
  }
}

function tooLarge(field: string, maxBytes: number): AppError {
  return new AppError(
    "UPLOAD_TOO_LARGE",
    `${field} has more than ${Math.floor(maxBytes / MIB)} MiB: send a smaller file`,
  );
}

/** Lower-case letters and digits only; a name without a usable one has none. */
function extensionOf(fileName: string): string {
  const extension = extname(fileName).toLowerCase();
  return EXTENSION.test(extension) ? extension : "";
}
