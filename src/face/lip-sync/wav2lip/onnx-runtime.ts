import type { InferenceSession, Tensor } from "onnxruntime-node";
import { AppError } from "../../../domain/app-error.ts";

/** What is used of the package onnxruntime-node. */
export type OnnxRuntime = {
  InferenceSession: typeof InferenceSession;
  Tensor: typeof Tensor;
};

/**
 * Loads the native package, in a child process only: a model may end it.
 * @throws AppError FACE_FAILED when the package is not installed or has no build for this platform.
 */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const message = `the package onnxruntime-node cannot be loaded on ${platform}: run npm install --no-save onnxruntime-node@1.30.0 where this program is installed, or choose another lip_sync_provider`;
    throw new AppError("FACE_FAILED", message, { cause });
  }
}
