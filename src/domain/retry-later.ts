import { AppError } from "./app-error.ts";

/** Nothing is wrong with the work, it came too early: a provider asks to wait. */
export type RetryLater = AppError & {
  /** Ms since 1970. */
  notBefore: number;
  /** Name of the limit under which nothing else is to begin before either; null for none. */
  limit: string | null;
};

/** What a task throws to be done again not before `notBefore`, without counting as an attempt. */
export function createRetryLater({
  notBefore,
  limit,
  cause,
}: {
  notBefore: number;
  limit?: string;
  cause?: unknown;
}): RetryLater {
  const whom = limit === undefined ? "" : ` by ${limit}`;
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  const message = `asked to wait${whom} until ${new Date(notBefore).toISOString()}${why}`;
  const error = new AppError("OVERLOADED", message, { retryable: true, cause });
  return Object.assign(error, { notBefore, limit: limit ?? null });
}

export function isRetryLater(thrown: unknown): thrown is RetryLater {
  return thrown instanceof AppError && "notBefore" in thrown && "limit" in thrown;
}
