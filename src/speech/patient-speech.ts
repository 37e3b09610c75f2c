import { setTimeout } from "node:timers/promises";
import { AppError } from "../domain/app-error.ts";
import { isRetryLater } from "../domain/retry-later.ts";
import type { SpeechModel } from "../ports/speech-model.ts";

/** A provider that asks for more than this has no place for the campaign today. */
const LONGEST_WAIT_MS = 3600_000;

/** Of faults that pass, the second is the request's own. */
const FAULTS = 2;

/** Whether the same request may succeed at once; one that comes too early is none. */
function isPassingFault(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code === "SPEECH_FAILED" && thrown.retryable;
}

/**
 * Waits as long as the provider asks to, where no queue could come back to the work later.
 * @throws AppError SPEECH_FAILED when it asks for more than an hour altogether.
 */
export function createPatientSpeech(
  model: SpeechModel,
  {
    clock = Date.now,
    wait = (ms: number, signal: AbortSignal): Promise<unknown> =>
      setTimeout(ms, undefined, { signal }),
  } = {},
): SpeechModel {
  return {
    ...model,
    async speak(request, options) {
      const patienceEnds = clock() + LONGEST_WAIT_MS;
      for (let faults = 0; ; ) {
        try {
          return await model.speak(request, options);
        } catch (thrown) {
          if (isPassingFault(thrown) && ++faults < FAULTS) continue;
          if (!isRetryLater(thrown)) throw thrown;
          if (thrown.notBefore > patienceEnds) {
            const message = `${model.provider} asks to wait until ${new Date(thrown.notBefore).toISOString()}: run the campaign again then, what is made is kept`;
            throw new AppError("SPEECH_FAILED", message, { retryable: true, cause: thrown });
          }
          await wait(Math.max(0, thrown.notBefore - clock()), options.signal).catch((cause) => {
            throw new AppError("CANCELLED", "cancelled", { cause });
          });
        }
      }
    },
  };
}
