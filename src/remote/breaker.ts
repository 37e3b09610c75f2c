import { AppError } from "../domain/app-error.ts";
import { createRetryLater, isRetryLater, type RetryLater } from "../domain/retry-later.ts";

/** Leaves a provider alone that cannot serve: its requests fail at once, with the reason it gave. */
export type Breaker = {
  /** @throws AppError the reason, while it rests. */
  check(): void;
  /** It served a request. */
  succeeded(): void;
  /** It refused a request for that request's own sake, so it can be reached. */
  answered(): void;
  /**
   * A request met nothing but faults; after some of these in a row the provider rests.
   * @returns what to throw: the request is to be made later, unless the provider has rested often.
   */
  failed(error: AppError): AppError;
  /** It refuses every request: it rests. */
  refused(error: AppError): AppError;
  /** It asks to be left alone until then. */
  asked(error: RetryLater): RetryLater;
};

/** How long a provider that cannot be reached, or that refuses the key, is not asked again. */
const REST_MS = 60_000;
/** Failed requests in a row after which a provider counts as out of reach. */
const FAILURES_IN_A_ROW = 2;
/** So often an outage is waited out before requests fail: it lasts for more than ten minutes then. */
const RESTS_WAITED_FOR = 10;

export function createBreaker({
  clock,
  limit,
}: {
  clock: () => number;
  /** The provider's limit in the task queue. */
  limit: string;
}): Breaker {
  let rest: { until: number; reason: AppError } | null = null;
  let failures = 0;
  let rests = 0;

  function begin<E extends AppError>(reason: E, until = clock() + REST_MS): E {
    rest = { until, reason };
    return reason;
  }

  return {
    check() {
      if (!rest || clock() >= rest.until) return;
      const { reason } = rest;
      if (isRetryLater(reason)) {
        throw createRetryLater({ notBefore: reason.notBefore, limit, cause: reason.cause });
      }
      const { code, message, retryable } = reason;
      throw new AppError(code, message, { retryable, cause: reason });
    },
    succeeded() {
      failures = 0;
      rests = 0;
      rest = null;
    },
    answered() {
      failures = 0;
      rests = 0;
    },
    failed(error) {
      failures += 1;
      if (failures < FAILURES_IN_A_ROW) return error;
      rests += 1;
      if (rests > RESTS_WAITED_FOR) return begin(error);
      const notBefore = clock() + REST_MS;
      return begin(createRetryLater({ notBefore, limit, cause: error }), notBefore);
    },
    refused: begin,
    asked: (error) => begin(error, error.notBefore),
  };
}
