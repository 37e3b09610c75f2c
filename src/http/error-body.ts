import { z } from "zod";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import { type Detail, RequestInvalid } from "./request-invalid.ts";

const detailSchema = z.object({
  type: z.string(),
  loc: z.array(z.union([z.string(), z.number()])),
  msg: z.string(),
});

/** What every failed request is answered with. */
export const errorBodySchema = z
  .object({
    detail: z
      .union([z.string(), z.array(detailSchema)])
      .describe("the message; for 422 the list of faults"),
    error: z.string().describe("the kind of error: never renamed"),
    message: z.string().describe("one line for the person who can act on it"),
    request_id: z.string().describe("for the operator, who finds the request by it"),
    path: z.string(),
    details: z.array(detailSchema).optional().describe("for 422: the same as detail"),
  })
  .meta({ id: "Error", description: "Why a request failed" });

export type ErrorBody = z.infer<typeof errorBodySchema>;

/** Responses that any route may give. */
export const errorResponses = {
  "4xx": errorBodySchema.describe("The request cannot be served as it is"),
  "5xx": errorBodySchema.describe("The server cannot serve the request now"),
} as const;

const INTERNAL_MESSAGE = "internal error; give the request id to the operator";

/** What clients are told of failures whose own message may name files, commands or addresses. */
const PUBLIC_MESSAGES: Partial<Record<ErrorCode, string>> = {
  DISK_FULL:
    "the server has not enough free space for this request: try again later or tell the operator",
  SPEECH_FAILED: "the voice did not answer: try again later or choose another voice",
  SPEECH_UNUSABLE: "the voice gave no usable sound: try another name or another voice",
  OUTGOING_FAILED: "a server that this request needs did not answer: try again later",
};

/** Where the fault of a 422 lies, by its code; the whole body when it is not listed. */
const FIELDS: Partial<Record<ErrorCode, string[]>> = {
  SHEET_UNREADABLE: ["body", "recipients"],
  SHEET_TOO_LARGE: ["body", "recipients"],
  SHEET_EMPTY: ["body", "recipients"],
  SHEET_BOMB: ["body", "recipients"],
  SHEET_DOCTYPE: ["body", "recipients"],
  SHEET_TOO_MANY_ROWS: ["body", "recipients"],
  COLUMN_MISSING: ["body", "recipients"],
  MEDIA_UNREADABLE: ["body", "base_video"],
  MEDIA_UNSUPPORTED: ["body", "base_video"],
  MEDIA_TOO_LARGE: ["body", "base_video"],
  NO_AUDIO: ["body", "base_video"],
  NO_VIDEO: ["body", "base_video"],
  NO_SPEECH: ["body", "base_video"],
  SLOT_INVALID: ["body", "slot"],
  SLOT_UNSURE: ["body", "slot"],
  VOICE_UNKNOWN: ["body", "voice"],
  CONSENT_REQUIRED: ["body", "voice_sample"],
  NAME_TOO_LONG: ["body", "name"],
  URL_NOT_ALLOWED: ["body", "url"],
  IDEMPOTENCY_KEY_REUSED: ["header", "idempotency-key"],
};

/** Statuses of the framework's own errors. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  408: "UPLOAD_TOO_SLOW",
  413: "UPLOAD_TOO_LARGE",
  414: "NOT_FOUND",
  415: "TYPE_NOT_SUPPORTED",
  416: "RANGE_NOT_SATISFIABLE",
  429: "RATE_LIMITED",
  503: "OVERLOADED",
};

export type FailedRequest = {
  method: string;
  /** Without its query, which may hold a signature. */
  path: string;
  requestId: string;
};

/** Status and body that answer whatever was thrown while a request was served. */
export function answerTo(
  thrown: unknown,
  { method, path, requestId }: FailedRequest,
): { status: number; body: ErrorBody } {
  const place = { request_id: requestId, path };
  if (thrown instanceof RequestInvalid) {
    const { details, message } = thrown;
    return { status: 422, body: invalid("ValidationError", message, details, place) };
  }
  const { code, status, message: inner } = requestError(thrown);
  if (status === 500) {
    const text = { detail: INTERNAL_MESSAGE, message: INTERNAL_MESSAGE };
    return { status, body: { ...text, error: "InternalServerError", ...place } };
  }
  const message = PUBLIC_MESSAGES[code] ?? inner;
  if (status === 422) {
    const loc = FIELDS[code] ?? [method === "GET" || method === "HEAD" ? "query" : "body"];
    const detail = { type: code.toLowerCase(), loc, msg: message };
    return { status, body: invalid(code, message, [detail], place) };
  }
  return { status, body: { detail: message, error: code, message, ...place } };
}

function invalid(
  error: string,
  message: string,
  details: readonly Detail[],
  place: { request_id: string; path: string },
): ErrorBody {
  return { detail: [...details], error, message, ...place, details: [...details] };
}

/** Anything thrown as an AppError; the framework tells by a status that a request was at fault. */
function requestError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const status = statusOf(thrown);
  const fallback = status >= 400 && status < 500 ? "BAD_REQUEST" : "INTERNAL";
  return new AppError(CODES[status] ?? fallback, message, { cause: thrown });
}

function statusOf(thrown: unknown): number {
  if (typeof thrown !== "object" || thrown === null || !("statusCode" in thrown)) return 500;
  return typeof thrown.statusCode === "number" ? thrown.statusCode : 500;
}
