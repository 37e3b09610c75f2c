import { AppError } from "../domain/app-error.ts";

/** Letters, marks and digits of every script; no dot at either end, which hides or vanishes. */
const SEGMENT = /^[\p{L}\p{M}\p{N}_-](?:[\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_-])?$/u;
/** What S3 allows, and most file systems for one name. */
const MAX_KEY_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;

/** Whether a name may stand between the slashes of a key: it means one file, on every system. */
export function isKeySegment(name: string): boolean {
  return SEGMENT.test(name) && Buffer.byteLength(name) <= MAX_SEGMENT_BYTES;
}

/**
 * The names in a key.
 * @throws AppError INTERNAL for a key that could lead elsewhere: keys are made by the program.
 */
export function segmentsOfKey(key: string): string[] {
  const segments = key.split("/");
  if (Buffer.byteLength(key) > MAX_KEY_BYTES || !segments.every(isKeySegment)) {
    throw new AppError(
      "INTERNAL",
      `${JSON.stringify(key.slice(0, MAX_KEY_BYTES))} is no key of an object: it takes names of letters, digits, "_", "-" and "." between slashes, ${MAX_KEY_BYTES} bytes at most`,
    );
  }
  return segments;
}

/**
 * The names in a prefix, which ends in `/`.
 * @throws AppError INTERNAL.
 */
export function segmentsOfPrefix(prefix: string): string[] {
  if (!prefix.endsWith("/")) {
    throw new AppError("INTERNAL", `the prefix ${JSON.stringify(prefix)} does not end in "/"`);
  }
  return segmentsOfKey(prefix.slice(0, -1));
}
