import { AppError } from "../domain/app-error.ts";

/**
 * The items of `source` until `signal` aborts, even while the next one is waited for.
 * @param name What was cancelled, such as `storing a/b`.
 * @throws AppError CANCELLED, or what `source` throws.
 */
export async function* untilAborted<T>(
  source: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
  name: string,
): AsyncGenerator<T> {
  if (!signal) return yield* source;
  const iterator: AsyncIterator<T> | Iterator<T> =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let isAtEnd = false;
  try {
    for (;;) {
      const next = await orAborted(async () => iterator.next(), signal, name);
      isAtEnd = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // What a source says to its own end matters to nobody, and one that hangs would never answer.
    const end = (async () => (isAtEnd ? undefined : iterator.return?.()))().catch(() => {});
    if (!signal.aborted) await end;
  }
}

function orAborted<T>(work: () => Promise<T>, signal: AbortSignal, name: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const cancel = (cause?: unknown): void =>
    reject(new AppError("CANCELLED", `${name} was cancelled`, { cause }));
  const abort = (): void => cancel();
  if (signal.aborted) {
    abort();
    return promise;
  }
  signal.addEventListener("abort", abort, { once: true });
  work()
    .then(resolve, (cause: unknown) => (signal.aborted ? cancel(cause) : reject(cause)))
    .finally(() => signal.removeEventListener("abort", abort));
  return promise;
}
