import { type AppError, type ErrorCode, toAppError } from "../../domain/app-error.ts";
import { isRetryLater } from "../../domain/retry-later.ts";
import type { RecipientRenderer, RenderedRecipient } from "../render-recipient.ts";

/** The disk, not the row, is at fault: no other row can succeed either. */
const FAULT_OF_ALL: readonly ErrorCode[] = ["DISK_FULL", "OUTPUT_UNWRITABLE"];
/**
 * Workers that died under a row may have been killed from outside. The pool of workers has tried each
 * of these attempts twice itself.
 */
const MOST_CRASHES = 3;
const MOST_FAULTS = 2;

/**
 * Makes one row's output. What goes wrong with it is its result, unless no row could do better.
 * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE, RetryLater, and whatever ends it when `signal` has aborted.
 */
export async function attemptRow(
  renderer: RecipientRenderer,
  spokenText: string,
  signal: AbortSignal,
): Promise<RenderedRecipient | AppError> {
  for (let [crashes, faults] = [0, 0]; ; ) {
    try {
      return await renderer.render(spokenText, signal);
    } catch (error) {
      const failure = toAppError(error);
      if (signal.aborted || isRetryLater(failure) || FAULT_OF_ALL.includes(failure.code)) {
        throw failure;
      }
      // Another chunk that asked for the same text was stopped, and the rendering with it.
      if (failure.code === "CANCELLED") continue;
      if (failure.code === "WORKER_CRASHED" && ++crashes < MOST_CRASHES) continue;
      // A passing fault of the voice; when it goes on, the voice asks to be left alone for a while.
      if (failure.code === "SPEECH_FAILED" && failure.retryable && ++faults < MOST_FAULTS) continue;
      return failure;
    }
  }
}
