import { z } from "zod";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import { reasonOf, retryAfterMs } from "../remote/fault-signs.ts";
import { messageIn, oneLine } from "../remote/provider-message.ts";

/** What came instead of an answer. */
export type Fault = {
  /** `again`: passing. `never`: this request. `closed`: every request for a while. `blocked`: it will not answer this. */
  kind: "again" | "never" | "closed" | "blocked";
  /** What follows the provider's name, such as `answered 500: out of memory`. */
  message: string;
  /** For how long it asks to be left alone. */
  waitMs?: number;
};

/** A refusal as the provider sent it. */
export type Refused = { status: number; text: string };

/** What a provider's own bodies say beyond their status; what is left out, the status says. */
export type ReadRefusal = (refused: Refused) => Partial<Pick<Fault, "kind" | "waitMs">>;

/** The SDK's error of a call: its class is in a package that is not ours to import. */
const callError = z.object({
  statusCode: z.number().optional(),
  responseHeaders: z.record(z.string(), z.string()).optional(),
  responseBody: z.string().optional(),
});
/** Its error of an answer that had begun well: in the words of the provider. */
const streamError = z.object({
  message: z.string(),
  statusCode: z.number().optional(),
  code: z.union([z.number(), z.string()]).nullish(),
});

const CODES: Record<Fault["kind"], ErrorCode> = {
  again: "LANGUAGE_FAILED",
  never: "LANGUAGE_FAILED",
  closed: "LANGUAGE_REFUSED",
  blocked: "LANGUAGE_BLOCKED",
};

/** Thrown by an adapter that knows what went wrong. */
export class FaultError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault, options: { cause?: unknown } = {}) {
    super(fault.message, options);
    this.fault = fault;
  }
}

/** What an error of the SDK, or of an answer's stream, means. `now`: milliseconds since 1970. */
export function faultOf(
  thrown: unknown,
  { host, readRefusal, now }: { host: string; readRefusal: ReadRefusal; now: number },
): Fault {
  if (thrown instanceof FaultError) return thrown.fault;
  const call = thrown instanceof Error ? callError.safeParse(thrown).data : undefined;
  if (call?.statusCode !== undefined && (call.statusCode < 200 || call.statusCode > 299)) {
    const { statusCode: status, responseBody: text = "", responseHeaders } = call;
    const waitMs = retryAfterMs(responseHeaders?.["retry-after"], now);
    const said = messageIn(text);
    return {
      kind: usualKind(status),
      message: `answered ${status}${said && `: ${said}`}`,
      ...(waitMs !== undefined && { waitMs }),
      ...readRefusal({ status, text }),
    };
  }
  if (call?.statusCode !== undefined) {
    return { kind: "again", message: `sent what is no answer: ${reasonOf(thrown)}` };
  }
  if (thrown instanceof Error) {
    return { kind: "again", message: `cannot be reached at ${host}: ${reasonOf(thrown)}` };
  }
  const error = streamError.safeParse(thrown).data;
  const status = error?.statusCode ?? Number(error?.code);
  return {
    kind: status >= 400 ? usualKind(status) : "again",
    message: `broke off its answer: ${error?.message ?? JSON.stringify(thrown)}`,
  };
}

/** A fault for the person who can act on it. `clean` takes secrets out of a text. */
export function faultError(
  name: string,
  fault: Fault,
  { clean, cause }: { clean: (text: string) => string; cause: unknown },
): AppError {
  const retryable = fault.kind === "again";
  // The SDK's errors hold the request's text and what was answered: only their kind is kept.
  const kept = cause instanceof Error ? new Error(oneLine(clean(reasonOf(cause)))) : undefined;
  const message = `${name} ${oneLine(clean(fault.message))}`;
  return new AppError(CODES[fault.kind], message, { retryable, cause: kept });
}

/** RFC 9110, 15; 425 is of RFC 8470, 429 of RFC 6585. */
function usualKind(status: number): Fault["kind"] {
  if (status === 401 || status === 402 || status === 403) return "closed";
  return status === 408 || status === 425 || status === 429 || status >= 500 ? "again" : "never";
}
