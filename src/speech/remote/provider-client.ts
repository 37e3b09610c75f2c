import { setTimeout } from "node:timers/promises";
import { AppError } from "../../domain/app-error.ts";
import { createRetryLater } from "../../domain/retry-later.ts";
import { checkSignal } from "../text/request-text.ts";
import { createPace, type Pace, type PaceOptions } from "./pace.ts";

/** One request to a provider. */
export type ProviderCall = {
  method?: "GET" | "POST" | "DELETE";
  /** Below the provider's address, with its query; such as `/v1/voices`. */
  path: string;
  headers?: Record<string, string>;
  /** A new one for every attempt, as a body can be sent once. */
  body?: () => NonNullable<RequestInit["body"]>;
};

/** An answer with a status of 2xx, read whole. */
export type ProviderAnswer = { headers: Headers; body: Uint8Array };

/** What an answer that is none means: the adapter knows its provider's statuses and bodies. */
export type Refusal = {
  /** `wait`: slow down and ask again. `again`: a passing fault. `never`: this request. `closed`: any request for a while. */
  kind: "wait" | "again" | "never" | "closed";
  /** What the provider says, on one line, for the person who can act on it. */
  message: string;
  code?: "VOICE_UNKNOWN";
};

export type ProviderClientOptions = PaceOptions & {
  /** As people know it, such as `ElevenLabs`. */
  name: string;
  /** Its limit in the task queue, such as `speech:elevenlabs`. */
  limit: string;
  /** Such as `https://api.elevenlabs.io`. */
  baseUrl: string;
  /** For every request; may hold a key, which never appears in a message. */
  headers?: Record<string, string>;
  /** For an answer to arrive whole. */
  timeoutMs?: number;
  /** How often a request is sent at most. */
  attempts?: number;
  /** Longer than this nobody waits here: the request is to be made later as a whole. */
  longestWaitMs?: number;
  /** Reads an answer's status and body; without it the usual meaning of HTTP statuses holds. */
  refusal?: (answer: { status: number; headers: Headers; text: string }) => Refusal | null;
  fetch?: typeof fetch;
  /** Milliseconds since 1970. */
  clock?: () => number;
  /** Waits; rejects when the signal aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

export type ProviderClient = {
  /**
   * Sends a request, again after passing faults.
   * @throws AppError SPEECH_FAILED, SPEECH_REFUSED, VOICE_UNKNOWN, CANCELLED; RetryLater.
   */
  send(call: ProviderCall, options: { signal: AbortSignal }): Promise<ProviderAnswer>;
  readonly pace: Pace;
  /** Ends what is under way; nothing can be sent afterwards. */
  close(): void;
};

const TIMEOUT_MS = 60_000;
const ATTEMPTS = 4;
/** Being asked to wait is no fault: it may happen so much more often. */
const WAITS_MORE = 8;
const LONGEST_WAIT_MS = 60_000;
const FIRST_PAUSE_MS = 500;
/** How long a provider that cannot be reached, or that refuses the key, is not asked again. */
const REST_MS = 60_000;
/** Faults in a row after which a provider counts as out of reach. */
const FAULTS_IN_A_ROW = 3;
/** The longest sound and its timings, in base64. */
const MAX_BODY_BYTES = 256 * 2 ** 20;
const MESSAGE_LENGTH = 200;

/** Sends requests to one provider: in time, at its pace, again after passing faults, never in vain. */
export function createProviderClient(options: ProviderClientOptions): ProviderClient {
  const { name, clock = Date.now, attempts = ATTEMPTS, longestWaitMs = LONGEST_WAIT_MS } = options;
  const wait = options.wait ?? waitFor;
  const pace = createPace(options);
  const closing = new AbortController();
  const breaker = createBreaker(clock);

  return {
    pace,
    async send(call, { signal: caller }) {
      checkSignal(caller);
      if (closing.signal.aborted) throw new AppError("SPEECH_FAILED", `${name} has been closed`);
      const signal = AbortSignal.any([caller, closing.signal]);
      for (let attempt = 1; ; attempt++) {
        breaker.check();
        const outcome = await pace.run(() => attemptOnce(options, call, signal), signal);
        if ("body" in outcome) {
          breaker.succeeded();
          return outcome;
        }
        const error = outcome.error;
        if (outcome.kind === "never") {
          breaker.succeeded();
          throw error;
        }
        if (outcome.kind === "closed") throw breaker.open(error);
        const pause = outcome.waitMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
        if (outcome.kind === "wait") {
          if (pause > longestWaitMs || attempt >= attempts + WAITS_MORE) {
            throw createRetryLater({
              notBefore: clock() + pause,
              limit: options.limit,
              cause: error,
            });
          }
          pace.slowDown(pause);
        } else {
          if (attempt >= attempts) throw breaker.failed(error);
        }
        await wait(pause, signal).catch(() => checkSignal(signal));
      }
    },
    close: () => closing.abort(),
  };
}

type Outcome =
  | ProviderAnswer
  | { kind: Refusal["kind"]; error: AppError /** What the provider asks for. */; waitMs?: number };

async function attemptOnce(
  options: ProviderClientOptions,
  call: ProviderCall,
  signal: AbortSignal,
): Promise<Outcome> {
  const { name, timeoutMs = TIMEOUT_MS, fetch: send = fetch, clock = Date.now } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await send(new URL(call.path.replace(/^\//u, ""), withSlash(options.baseUrl)), {
      method: call.method ?? "POST",
      headers: { ...options.headers, ...call.headers },
      redirect: "error",
      signal: AbortSignal.any([signal, deadline]),
      ...(call.body && { body: call.body() }),
    });
    const body = await readBounded(answer);
    if (answer.ok) return { headers: answer.headers, body };
    return refused(options, answer, new TextDecoder().decode(body), clock());
  } catch (thrown) {
    checkSignal(signal);
    if (thrown instanceof AppError) return { kind: "never", error: thrown };
    const why = deadline.aborted ? `did not answer within ${timeoutMs / 1000} s` : reasonOf(thrown);
    const error = new AppError("SPEECH_FAILED", `${name} cannot be reached: ${why}`, {
      retryable: true,
      cause: thrown,
    });
    return { kind: "again", error };
  }
}

function refused(
  { name, refusal }: ProviderClientOptions,
  { status, headers }: Response,
  text: string,
  now: number,
): Outcome {
  const { kind, message, code } =
    refusal?.({ status, headers, text }) ?? usualMeaning(status, text);
  const said = `${name} answered ${status}${message === "" ? "" : `: ${oneLine(message)}`}`;
  const error = new AppError(
    code ?? (kind === "closed" ? "SPEECH_REFUSED" : "SPEECH_FAILED"),
    said,
    {
      retryable: kind === "wait" || kind === "again",
    },
  );
  const waitMs = retryAfterMs(headers, now);
  return { kind, error, ...(waitMs !== undefined && { waitMs }) };
}

function usualMeaning(status: number, text: string): Refusal {
  if (status === 429) return { kind: "wait", message: text };
  if (status === 401 || status === 402 || status === 403) return { kind: "closed", message: text };
  if (status === 408 || status === 425 || status >= 500) return { kind: "again", message: text };
  return { kind: "never", message: text };
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/u.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

async function readBounded(answer: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      await answer.body?.cancel().catch(() => {}); // it is given up all the same
      throw new AppError("SPEECH_FAILED", `an answer is longer than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Leaves a provider alone that cannot serve: its requests fail at once, with the reason it gave. */
function createBreaker(clock: () => number) {
  let openUntil = 0;
  let reason: AppError | null = null;
  let faults = 0;
  const rest = (error: AppError) => {
    openUntil = clock() + REST_MS;
    reason = error;
    return error;
  };
  return {
    check() {
      if (reason && clock() < openUntil) {
        const { code, message, retryable } = reason;
        throw new AppError(code, message, { retryable, cause: reason });
      }
    },
    succeeded() {
      faults = 0;
      reason = null;
    },
    failed(error: AppError): AppError {
      faults += 1;
      return faults >= FAULTS_IN_A_ROW ? rest(error) : error;
    },
    open: rest,
  };
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

/** Of fetch's errors only the cause says what happened. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return oneLine(cause instanceof Error ? cause.message : String(cause));
}

function oneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > MESSAGE_LENGTH ? `${line.slice(0, MESSAGE_LENGTH)}…` : line;
}

function waitFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return setTimeout(ms, undefined, { signal });
}
