import type { OpenAICompatibleProvider } from "@ai-sdk/openai-compatible";
import { AppError } from "../domain/app-error.ts";
import { checkSignal } from "../domain/check-signal.ts";
import type { AnswerEnd, LanguageModel, LanguageRequest } from "../ports/language-model.ts";
import { waitFor } from "../remote/pace.ts";
import { checkedHeaders } from "../remote/provider-address.ts";
import { withoutSecrets } from "../remote/provider-message.ts";
import { countWords, wordsOfRequest } from "./count-words.ts";
import { type AnswerPieces, createAnswer } from "./create-answer.ts";
import { FaultError, faultError, faultOf, type ReadRefusal } from "./provider-fault.ts";

/** The SDK's model; its own name is in a package that is not ours to import. */
export type SdkModel = ReturnType<OpenAICompatibleProvider["chatModel"]>;
type SdkCall = Parameters<SdkModel["doStream"]>[0];
type SdkPart =
  Awaited<ReturnType<SdkModel["doStream"]>>["stream"] extends ReadableStream<infer Part>
    ? Part
    : never;
type SdkFinish = Extract<SdkPart, { type: "finish" }>;

/** What an adapter lets its caller set: for tests, and for servers that are slower than most. */
export type ProviderOverrides = {
  fetch?: typeof fetch;
  /** Waits; rejects when the signal aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds since 1970. */
  clock?: () => number;
  /** So long nothing may come before an answer counts as broken off; 60,000 when left out. */
  timeoutMs?: number;
};

export type ProviderModelOptions = ProviderOverrides & {
  /** In options and reports, such as `gemini`. */
  provider: string;
  /** As people know it, such as `Gemini`. */
  name: string;
  /** Where it is, for messages. */
  host: string;
  /** May hold a key: it appears in no message. */
  headers: Record<string, string>;
  /** Loads the SDK and makes its model; called once, with the first answer. */
  load: (options: { fetch: typeof fetch; headers: Record<string, string> }) => Promise<SdkModel>;
  readRefusal: ReadRefusal;
  /** Of the SDK's call, for this provider alone. */
  extra?: Partial<SdkCall>;
};

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
/** Whoever talks to somebody does not wait for longer. */
const LONGEST_PAUSE_MS = 10_000;
const TIMEOUT_MS = 60_000;

/**
 * A language model behind a provider of the AI SDK. Faults that pass are tried again before the first
 * piece of text, never after it.
 * @throws AppError INVALID_OPTION for a header that cannot be sent.
 */
export function createProviderModel(options: ProviderModelOptions): LanguageModel {
  const { provider, name, host, load, readRefusal, clock = Date.now, wait = waitFor } = options;
  const headers = checkedHeaders(name, options.headers);
  const clean = withoutSecrets(headers);
  const closing = new AbortController();
  let loading: Promise<SdkModel> | undefined;

  async function* answer(request: LanguageRequest, signal: AbortSignal): AnswerPieces {
    loading ??= load({ fetch: unredirected(options.fetch), headers });
    const model = await loading;
    for (let attempt = 1; ; attempt++) {
      let begun = false;
      try {
        const onText = () => {
          begun = true;
        };
        return yield* streamed(model, request, { ...options, signal, onText });
      } catch (thrown) {
        checkSignal(signal);
        const fault = faultOf(thrown, { host, readRefusal, now: clock() });
        const pauseMs = fault.waitMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
        const last = begun || attempt === ATTEMPTS || pauseMs > LONGEST_PAUSE_MS;
        if (fault.kind !== "again" || last) throw faultError(name, fault, { clean, cause: thrown });
        await wait(pauseMs, signal);
      }
    }
  }

  return {
    provider,
    answer(request, { signal: caller }) {
      const signal = AbortSignal.any([caller, closing.signal]);
      return createAnswer(
        (reading) => {
          if (closing.signal.aborted) throw new AppError("CANCELLED", `${name} has been closed`);
          return answer(request, reading);
        },
        { signal },
      );
    },
    async close() {
      closing.abort();
    },
  };
}

/** One attempt. */
async function* streamed(
  model: SdkModel,
  request: LanguageRequest,
  {
    signal,
    onText,
    timeoutMs = TIMEOUT_MS,
    extra,
  }: ProviderModelOptions & { signal: AbortSignal; onText: () => void },
): AnswerPieces {
  using watch = watchFor(timeoutMs);
  let said = "";
  let finish: SdkFinish | undefined;
  try {
    const { stream } = await model.doStream({
      ...callOf(request),
      ...extra,
      abortSignal: AbortSignal.any([signal, watch.signal]),
    });
    for await (const part of stream) {
      watch.rest(); // however long the reader takes
      if (part.type === "error") throw part.error;
      if (part.type === "finish") finish = part;
      if (part.type === "text-delta") {
        said += part.delta;
        if (part.delta !== "") onText();
        yield part.delta;
      }
      watch.begin();
    }
  } catch (thrown) {
    if (!watch.signal.aborted || signal.aborted) throw brokenOff(thrown, said);
    const message = `did not answer within ${timeoutMs / 1000} s`;
    throw new FaultError({ kind: "again", message }, { cause: thrown });
  }
  return endOf(request, said, finish);
}

function endOf(request: LanguageRequest, said: string, finish: SdkFinish | undefined): AnswerEnd {
  const { unified, raw } = finish?.finishReason ?? { unified: "interrupted", raw: undefined };
  // A model that refuses in words has answered; it then finished by itself.
  if (unified === "content-filter" && (raw !== "stop" || said === "")) {
    const message = `will not answer this (${raw}): ask in another way`;
    throw new FaultError({ kind: "blocked", message });
  }
  if (unified === "error" || unified === "interrupted") {
    throw new FaultError({ kind: "again", message: "broke off its answer before its end" });
  }
  if (said.trim() === "") {
    const message =
      unified === "length"
        ? `used up ${request.maxTokens} tokens before its first word: allow more than max_tokens=${request.maxTokens}`
        : `answered nothing (${raw ?? unified}): ask in another way, or try again`;
    throw new FaultError({ kind: "never", message });
  }
  const input = finish?.usage.inputTokens.total ?? wordsOfRequest(request);
  const output = finish?.usage.outputTokens.total ?? countWords(said);
  return {
    tokensUsed: input + output,
    finish: unified === "length" ? "length" : "stop",
    sources: [],
  };
}

function callOf({ system, messages, maxTokens, temperature }: LanguageRequest): SdkCall {
  const prompt: SdkCall["prompt"] = messages.map(({ role, text: said }) => {
    const content = [{ type: "text" as const, text: said.toWellFormed() }];
    return { role, content };
  });
  if (system !== "") prompt.unshift({ role: "system", content: system.toWellFormed() });
  return { prompt, maxOutputTokens: maxTokens, temperature };
}

/** A connection that ends within an answer has a reason of its own. */
function brokenOff(thrown: unknown, said: string): unknown {
  if (said === "" || !(thrown instanceof Error) || thrown instanceof FaultError) return thrown;
  const message = `broke off its answer: ${thrown.message}`;
  return new FaultError({ kind: "again", message }, { cause: thrown });
}

/** Redirects are not followed: they would carry the key to where nobody meant it to go. */
function unredirected(send: typeof fetch = fetch): typeof fetch {
  return (input, init) => send(input, { ...init, redirect: "manual" });
}

/** Aborts when nothing comes for so long, while it does not rest. */
function watchFor(
  timeoutMs: number,
): Disposable & { signal: AbortSignal; begin(): void; rest(): void } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const rest = () => clearTimeout(timer);
  const begin = () => {
    rest();
    timer = setTimeout(() => late.abort(), timeoutMs);
  };
  begin();
  return { signal: late.signal, begin, rest, [Symbol.dispose]: rest };
}
