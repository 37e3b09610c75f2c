import { AppError } from "../domain/app-error.ts";
import type { Wait } from "./clauses.ts";

/** A video while it is made. */
export type VideoStream = {
  push(bytes: Uint8Array): void;
  /** All is there; whoever reads gets the rest. */
  end(): void;
  fail(error: unknown): void;
  /** Aborts when nobody wants it: nobody came, or all who did have gone. */
  signal: AbortSignal;
};

export type VideoStreams = {
  open(id: string): VideoStream;
  /** All bytes from the first one on, as they come; null when nothing of that id is being made. */
  read(id: string): AsyncGenerator<Uint8Array> | null;
};

/** How long a stream waits for its first or its next reader, ms. */
const ABANDONED_MS = 30_000;

/** Videos that are watched while they are made. What is made stays in memory until it is all there. */
export function createVideoStreams({
  wait,
  abandonedMs = ABANDONED_MS,
}: {
  wait: Wait;
  abandonedMs?: number;
}): VideoStreams {
  const streams = new Map<string, ReturnType<typeof createStream>>();
  return {
    open(id) {
      const stream = createStream({ wait, abandonedMs, onOver: () => streams.delete(id) });
      streams.set(id, stream);
      return stream;
    },
    read: (id) => streams.get(id)?.read() ?? null,
  };
}

function createStream(options: { wait: Wait; abandonedMs: number; onOver: () => void }) {
  const parts: Uint8Array[] = [];
  const unwanted = new AbortController();
  let over: { error: unknown } | "ended" | null = null;
  let readers = 0;
  let news = Promise.withResolvers<void>();
  let leave = new AbortController();

  function tell(): void {
    news.resolve();
    news = Promise.withResolvers<void>();
  }

  /** Gives up unless a reader comes in time. */
  function watch(): void {
    leave = new AbortController();
    options.wait(options.abandonedMs, leave.signal).then(
      () =>
        unwanted.abort(
          new AppError("CANCELLED", "nobody watches the video any more: it is not made to its end"),
        ),
      () => {}, // somebody came, or it is over
    );
  }

  function finish(how: { error: unknown } | "ended"): void {
    if (over) return;
    over = how;
    leave.abort();
    options.onOver();
    tell();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    readers++;
    leave.abort();
    try {
      for (let at = 0; ; ) {
        const part = parts[at];
        if (part) {
          at++;
          yield part;
        } else if (over === "ended") return;
        else if (over) throw over.error;
        else await news.promise;
      }
    } finally {
      readers--;
      if (readers === 0 && !over) watch();
    }
  }

  watch();
  return {
    signal: unwanted.signal,
    push(bytes: Uint8Array) {
      parts.push(bytes);
      tell();
    },
    end: () => finish("ended"),
    fail: (error: unknown) => finish({ error }),
    read,
  };
}
