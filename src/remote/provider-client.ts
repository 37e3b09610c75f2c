import { AppError, type ErrorCode } from "../domain/app-error.ts";
import { checkSignal } from "../domain/check-signal.ts";
import { createRetryLater } from "../domain/retry-later.ts";
import { createBreaker } from "./breaker.ts";
import { reasonOf, retryAfterMs } from "./fault-signs.ts";
import { createPace, type Pace, type PaceOptions, waitFor } from "./pace.ts";
import { checkedBaseUrl, checkedHeaders, urlBelow } from "./provider-address.ts";
import { messageIn, oneLine, withoutSecrets } from "./provider-message.ts";
import { readAnswer, readStart, saveAnswer } from "./read-answer.ts";

/** One request to a provider. */
export type ProviderCall = {
  method?: "GET" | "POST" | "DELETE";
  /** Below the provider's address, with its query; such as `/v1/voices`. */
  path: string;
  headers?: Record<string, string>;
  /** A new one for every attempt, as a body can be sent once. */
  body?: () => NonNullable<RequestInit["body"]>;
  /** Statuses besides 2xx that are an answer, such as 404 where something may be missing. */
  answers?: readonly number[];
  /** Where the answer goes instead of into memory; what is left there of a broken one is no answer. */
  file?: string;
};

/** An answer with a status of 2xx or one of `answers`, read whole; `body` is empty where it went into a file. */
export type ProviderAnswer = { status: number; headers: Headers; body: Uint8Array };

/** What an answer that is none means: the adapter knows its provider's statuses and bodies. */
export type Refusal = {
  /** `wait`: slow down and ask again. `again`: a passing fault. `never`: this request. `closed`: any request for a while. */
  kind: "wait" | "again" | "never" | "closed";
  /** What the provider says, on one line, for the person who can act on it. */
  message: string;
  code?: ErrorCode;
};

export type ProviderClientOptions = PaceOptions & {
  /** As people know it, such as `ElevenLabs`. */
  name: string;
  /** Its limit in the task queue, such as `speech:elevenlabs`. */
  limit: string;
  /** Such as `https://api.elevenlabs.io`; without credentials, query and fragment. */
  baseUrl: string;
  /** For every request; may hold a key, which never appears in a message. */
  headers?: Record<string, string>;
  /** For an answer to arrive whole. Node's own limit for its headers is 300 s. */
  timeoutMs?: number;
  /** How often a request meets a fault at most; having been asked to wait is none. */
  attempts?: number;
  /** So long after a request was first sent, a fault is its last. No limit when left out. */
  patienceMs?: number;
  /** Longer than this nobody waits here: the request is to be made later as a whole. */
  longestWaitMs?: number;
  /** The longest answer that is read. */
  maxBodyBytes?: number;
  /** What failures are; those of speech when left out. */
  failures?: ProviderFailures;
  /** Reads an answer's status and body; without it the usual meaning of HTTP statuses holds. */
  refusal?: (answer: { status: number; headers: Headers; text: string }) => Refusal | null;
  fetch?: typeof fetch;
};

export type ProviderFailures = {
  /** Of one request. */
  failed: ErrorCode;
  /** Of a provider that refuses every request, such as for its key. */
  refused: ErrorCode;
  /** What to do about an answer that is too long. */
  tooLong: string;
};

const SPEECH_FAILURES: ProviderFailures = {
  failed: "SPEECH_FAILED",
  refused: "SPEECH_REFUSED",
  tooLong: "give it a shorter text",
};

/** What an adapter lets its caller set: for tests, and for servers that are faster or slower than most. */
export type ClientOverrides = Partial<
  Pick<ProviderClientOptions, "fetch" | "clock" | "wait" | "timeoutMs" | "attempts">
>;

export type ProviderClient = {
  /**
   * Sends a request, again after passing faults.
   * @throws AppError as `failures` and `refusal` say, DISK_FULL, OUTPUT_UNWRITABLE, CANCELLED;
   * RetryLater.
   */
  send(call: ProviderCall, options: { signal: AbortSignal }): Promise<ProviderAnswer>;
  readonly pace: Pace;
  /** Ends what is under way; nothing can be sent afterwards. */
  close(): void;
};

const TIMEOUT_MS = 60_000;
const ATTEMPTS = 4;
const WAITS = 12;
const LONGEST_WAIT_MS = 60_000;
/** Whoever is told to stay away for longer asks again after a day. */
const LONGEST_REST_MS = 24 * 3600_000;
const FIRST_PAUSE_MS = 500;
/** The longest sound and its timings, in base64. */
const MAX_BODY_BYTES = 128 * 2 ** 20;

/**
 * Sends requests to one provider: in time, at its pace, again after passing faults, never in vain.
 * @throws AppError INVALID_OPTION for a base URL or a header that cannot be sent.
 */
export function createProviderClient(options: ProviderClientOptions): ProviderClient {
  const { name, limit, clock = Date.now, attempts = ATTEMPTS } = options;
  const { failed: failedCode } = options.failures ?? SPEECH_FAILURES;
  const { longestWaitMs = LONGEST_WAIT_MS, patienceMs = Number.POSITIVE_INFINITY } = options;
  const wait = options.wait ?? waitFor;
  const ask = createAsker(options);
  const pace = createPace(options);
  const breaker = createBreaker({ clock, limit });
  const closing = new AbortController();

  /** One attempt. @returns how long to wait before the next one where there is no answer. */
  async function attempt(
    call: ProviderCall,
    tried: Tried,
    signal: AbortSignal,
  ): Promise<ProviderAnswer | { pauseMs: number }> {
    breaker.check(); // another request may have met its end meanwhile
    const begunAt = clock();
    tried.since ??= begunAt;
    const outcome = await ask(call, signal);
    if (outcome.kind === "answer") {
      breaker.succeeded();
      pace.wentWell();
      return outcome.answer;
    }
    const { kind, error } = outcome;
    if (kind === "closed") throw breaker.refused(error);
    if (kind === "never") {
      breaker.answered();
      throw error;
    }
    const times = kind === "wait" ? ++tried.waits : ++tried.faults;
    const asked = Math.min(outcome.waitMs ?? 0, LONGEST_REST_MS);
    const pauseMs = asked > 0 ? asked : FIRST_PAUSE_MS * 2 ** (times - 1);
    const notBefore = clock() + pauseMs;
    if (asked > longestWaitMs) {
      throw breaker.asked(createRetryLater({ notBefore, limit, cause: error }));
    }
    if (kind === "wait") {
      pace.slowDown(pauseMs, begunAt);
      if (times < WAITS && pauseMs <= longestWaitMs) return { pauseMs: 0 }; // the pace waits
      throw createRetryLater({ notBefore, limit, cause: error });
    }
    const late = notBefore - tried.since > patienceMs;
    if (times >= attempts || late) throw breaker.failed(error);
    return { pauseMs };
  }

  return {
    pace,
    async send(call, { signal: caller }) {
      checkSignal(caller);
      if (closing.signal.aborted) throw new AppError(failedCode, `${name} has been closed`);
      const signal = AbortSignal.any([caller, closing.signal]);
      const tried: Tried = { faults: 0, waits: 0 };
      for (;;) {
        breaker.check();
        const outcome = await pace.run(() => attempt(call, tried, signal), signal);
        if ("body" in outcome) return outcome;
        if (outcome.pauseMs > 0) {
          await wait(outcome.pauseMs, signal).catch((thrown: unknown) => {
            checkSignal(signal);
            throw thrown;
          });
        }
      }
    },
    close: () => closing.abort(),
  };
}

/** What a request has been through. */
type Tried = {
  faults: number;
  waits: number /** Its first attempt, on the clock. */;
  since?: number;
};

type Outcome =
  | { kind: "answer"; answer: ProviderAnswer }
  | { kind: Refusal["kind"]; error: AppError /** What the provider asks for. */; waitMs?: number };

type Asker = (call: ProviderCall, signal: AbortSignal) => Promise<Outcome>;

/** Sends a request once and says what came of it. */
function createAsker(options: ProviderClientOptions): Asker {
  const { name, timeoutMs = TIMEOUT_MS, fetch: send = fetch, clock = Date.now } = options;
  const { maxBodyBytes = MAX_BODY_BYTES, failures = SPEECH_FAILURES } = options;
  const base = checkedBaseUrl(name, options.baseUrl);
  const common = checkedHeaders(name, options.headers ?? {});

  return async (call, signal) => {
    const headers = { ...common, ...checkedHeaders(name, call.headers ?? {}) };
    const clean = withoutSecrets(headers);
    const deadline = AbortSignal.timeout(timeoutMs);
    const failed = (kind: Refusal["kind"], what: string, cause?: unknown): Outcome => {
      const message = `${name} ${oneLine(clean(what))}`;
      const error = new AppError(failures.failed, message, { retryable: kind === "again", cause });
      return { kind, error };
    };
    let answered = false;
    try {
      const answer = await send(urlBelow(base, call.path), {
        method: call.method ?? "POST",
        headers,
        redirect: "manual", // followed, it would carry the key to where nobody meant it to go
        signal: AbortSignal.any([signal, deadline]),
        ...(call.body && { body: call.body() }),
      });
      answered = true;
      const { status } = answer;
      if (!answer.ok && !call.answers?.includes(status)) {
        return refused(options, answer, { text: await readStart(answer), clean, now: clock() });
      }
      const body = call.file
        ? await saveAnswer(answer, { file: call.file, maxBytes: maxBodyBytes })
        : await readAnswer(answer, maxBodyBytes);
      if (body) return { kind: "answer", answer: { status, headers: answer.headers, body } };
      return failed("never", `sends more than ${maxBodyBytes} bytes: ${failures.tooLong}`);
    } catch (thrown) {
      checkSignal(signal);
      if (thrown instanceof AppError) throw thrown;
      if (deadline.aborted) {
        return failed("again", `did not answer whole within ${timeoutMs / 1000} s`, thrown);
      }
      const what = answered ? "broke off its answer" : `cannot be reached at ${base.host}`;
      return failed("again", `${what}: ${reasonOf(thrown)}`, thrown);
    }
  };
}

function refused(
  { name, refusal, failures = SPEECH_FAILURES }: ProviderClientOptions,
  { status, headers }: Response,
  { text, clean, now }: { text: string; clean: (text: string) => string; now: number },
): Outcome {
  const meaning = refusal?.({ status, headers, text }) ?? usualMeaning(status, headers, text);
  const { kind, message } = meaning;
  const code = meaning.code ?? (kind === "closed" ? failures.refused : failures.failed);
  const said = oneLine(clean(message));
  const error = new AppError(code, `${name} answered ${status}${said && `: ${said}`}`, {
    retryable: kind === "wait" || kind === "again",
  });
  const waitMs = retryAfterMs(headers.get("retry-after"), now);
  return { kind, error, ...(waitMs !== undefined && { waitMs }) };
}

/** RFC 9110, 15; 425 is of RFC 8470, 429 of RFC 6585. */
function usualMeaning(status: number, headers: Headers, text: string): Refusal {
  if (status >= 300 && status < 400) {
    const to = URL.parse(headers.get("location") ?? "");
    const where = to ? ` to ${to.origin}${to.pathname}` : "";
    return { kind: "never", message: `it redirects${where}: give its final address` };
  }
  const message = messageIn(text);
  if (status === 429) return { kind: "wait", message };
  if (status === 401 || status === 402 || status === 403) return { kind: "closed", message };
  if (status === 408 || status === 425 || status >= 500) return { kind: "again", message };
  return { kind: "never", message };
}
