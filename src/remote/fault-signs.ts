/**
 * `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). Undefined for anything else.
 * @param now Milliseconds since 1970.
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/u.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** What happened, in words: of fetch's errors only the innermost cause says it. */
export function reasonOf(thrown: unknown): string {
  let cause = thrown;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  // Where several addresses were tried, each has its error, and the one around them no text.
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) cause = cause.errors[0];
  return cause instanceof Error ? cause.message : String(cause);
}
