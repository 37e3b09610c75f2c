import { AppError } from "./app-error.ts";

/** @throws AppError CANCELLED when `signal` has aborted. */
export function checkSignal(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
}
