import { AppError } from "./app-error.ts";

/** An error of a write to `path` in words for the person who chose the folder. */
export function diskError(cause: unknown, path: string): AppError {
  if (cause instanceof AppError) return cause;
  const code = errorCodeOf(cause);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new AppError(
      "DISK_FULL",
      `no space left on the disk of ${path}: free some and run again`,
      {
        cause,
      },
    );
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new AppError(
      "OUTPUT_UNWRITABLE",
      `no permission to write ${path}: choose another folder or change its permissions`,
      { cause },
    );
  }
  if (code === "ENOTDIR" || code === "EEXIST") {
    return new AppError("OUTPUT_UNWRITABLE", `${path} is not a folder: choose another one`, {
      cause,
    });
  }
  // Node says so of a read-only disk, too, when it should make a folder there.
  if (code === "ENOENT") {
    return new AppError(
      "OUTPUT_UNWRITABLE",
      `cannot write ${path}: its folder is gone, or its disk read-only; choose another folder`,
      { cause },
    );
  }
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new AppError("OUTPUT_UNWRITABLE", `cannot write ${path}: ${detail}`, { cause });
}

/** The system's code of a failed call, such as `ENOENT`; undefined for any other error. */
export function errorCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
