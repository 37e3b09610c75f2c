import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { Upload } from "../../domain/upload.ts";
import type { ConvertForm, Downloadable } from "../campaign-service.ts";
import { withLocalBase } from "./base-source.ts";
import { requireFile } from "./create-job.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

/** Converts an uploaded video to a web-ready MP4, which goes when the answer is released. */
export async function convertUpload(
  { media, objects, scratch }: Pick<ServiceDependencies, "media" | "objects" | "scratch">,
  { form, upload, signal }: { form: ConvertForm; upload: Upload; signal: AbortSignal },
): Promise<Downloadable> {
  const { key, sha256, fileName } = requireFile(upload, "base_video");
  const base = { key, hash: sha256, name: fileName, templateId: null };
  const { folder, release } = await scratch();
  const output = path.join(folder, "converted.mp4");
  try {
    await withLocalBase(objects, base, signal, (input) =>
      media.convert({ input, output, ...form }, { signal }),
    );
    await upload.discard();
    const { size, mtimeMs } = await stat(output);
    return {
      name: "converted.mp4",
      mediaType: "video/mp4",
      sizeBytes: size,
      etag: upload.id,
      modifiedAt: mtimeMs,
      read: ({ start, end }) =>
        end > start ? createReadStream(output, { start, end: end - 1 }) : nothing(),
      release,
    };
  } catch (error) {
    await release();
    // Its place is not the client's business.
    throw error instanceof AppError
      ? new AppError(error.code, error.message.replaceAll(output, "the result"), { cause: error })
      : error;
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}
