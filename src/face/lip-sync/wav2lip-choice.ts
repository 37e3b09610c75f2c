import { fileKey, requireEngineFile } from "../engines/engine-files.ts";
import type { Pads } from "./wav2lip/face-box.ts";

/** Four whole numbers: top, bottom, left and right, pixels. */
export function padsOf(written: string): Pads {
  const [top = 0, bottom = 0, left = 0, right = 0] = written.trim().split(/\s+/u).map(Number);
  return { top, bottom, left, right };
}

/**
 * Tells models of the native mode apart, as part of what its pictures depend on.
 * @throws AppError INVALID_OPTION when the file is not there.
 */
export function modelKey(file: string): string {
  const names = { option: "VOCATIVE_WAV2LIP_ONNX", when: "Wav2Lip without Python" };
  return `wav2lip native ${fileKey(requireEngineFile(file, names))}`;
}
