import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { AppError } from "../../domain/app-error.ts";

/**
 * A file or folder that an engine cannot do without, as its path from the root.
 * @param option Its name, such as `VOCATIVE_SADTALKER_REPO`; `when`: for whom it is required.
 * @throws AppError INVALID_OPTION when it is not given, or not there.
 */
export function requireEngineFile(
  value: string | null,
  { option, when }: { option: string; when: string },
): string {
  if (value === null || value.trim() === "") {
    throw new AppError("INVALID_OPTION", `${option} is required when ${when} is selected`);
  }
  if (!existsSync(value)) throw new AppError("INVALID_OPTION", `${option} not found: ${value}`);
  return resolve(value);
}

/** A file's path, length and time as a part of a cache key: weights that were replaced make other pictures. */
export function fileKey(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${path}:${size}:${Math.round(mtimeMs)}`;
}
