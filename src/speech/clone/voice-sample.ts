import { createHash } from "node:crypto";
import { extname } from "node:path";
import { AppError } from "../../domain/app-error.ts";

/** A recording of a speaker, from which a provider clones the voice. */
export type VoiceSample = {
  bytes: Uint8Array;
  /** Of the file's name, in lower case, such as `.mp3`; empty when it has none that is plain. */
  extension: string;
  /** SHA-256 of the bytes, hex. */
  hash: string;
};

/** What ElevenLabs takes for one file. */
const MOST_BYTES = 11 * 2 ** 20;

/**
 * @throws AppError INVALID_OPTION when the file is empty, MEDIA_TOO_LARGE above 11 MB.
 */
export function createVoiceSample({
  fileName,
  bytes,
}: {
  fileName: string;
  bytes: Uint8Array;
}): VoiceSample {
  if (bytes.length === 0) {
    throw new AppError(
      "INVALID_OPTION",
      "the voice sample is empty: give a recording of one to two minutes of clear speech",
    );
  }
  if (bytes.length > MOST_BYTES) {
    const megabytes = (bytes.length / 2 ** 20).toFixed(1);
    throw new AppError(
      "MEDIA_TOO_LARGE",
      `the voice sample has ${megabytes} MB, ${MOST_BYTES / 2 ** 20} MB are allowed: give one to two minutes of it as MP3`,
    );
  }
  const extension = extname(fileName).toLowerCase();
  return {
    bytes,
    extension: /^\.[a-z0-9]{1,5}$/u.test(extension) ? extension : "",
    hash: createHash("sha256").update(bytes).digest("hex"),
  };
}
