import type sherpa from "sherpa-onnx-node";
import { AppError, type ErrorCode } from "../../domain/app-error.ts";

/**
 * Loads the native package, in a child process only: it ends its process on a model it dislikes.
 * @throws AppError of `code` when the package is not installed or has no build for this platform.
 */
export async function loadSherpa(code: ErrorCode): Promise<typeof sherpa> {
  try {
    return (await import("sherpa-onnx-node")).default;
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const message = `the package sherpa-onnx-node cannot be loaded on ${platform}: run npm install without --omit=optional, or choose another provider`;
    throw new AppError(code, message, { cause });
  }
}
