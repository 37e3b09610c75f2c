import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { AppError, type ErrorCode } from "../../domain/app-error.ts";
import { errorCodeOf } from "../../domain/disk-error.ts";
import { answerTo, type ErrorBody, type FailedRequest } from "../error-body.ts";
import { failedRequest, sendError } from "../error-handling.ts";
import { RequestInvalid } from "../request-invalid.ts";

/** What clients are told of failures whose own message may name files, addresses or accounts. */
const PUBLIC_MESSAGES: Partial<Record<ErrorCode, string>> = {
  LANGUAGE_FAILED: "the language model did not answer: try again later",
  LANGUAGE_REFUSED: "the language model takes no requests at the moment: tell the operator",
  SPEECH_FAILED: "the voice did not answer: try again later",
  SPEECH_UNUSABLE: "the voice gave no usable sound: try another text",
  SPEECH_REFUSED: "the voice takes no requests at the moment: tell the operator",
  FACE_FAILED: "the video could not be made: try again later",
  DISK_FULL: "the server has no room for what would be made: try again later or tell the operator",
  OUTPUT_UNWRITABLE: "the server cannot store what would be made: tell the operator",
};
const NOT_GENERATED = "the answer could not be made: try again later";

/** What says nothing about the work itself keeps its own name. */
const AS_ELSEWHERE: readonly ErrorCode[] = [
  ...(["UNAUTHORIZED", "FORBIDDEN", "HOST_NOT_ALLOWED", "NOT_FOUND"] as const),
  ...(["METHOD_NOT_ALLOWED", "TYPE_NOT_SUPPORTED", "OVERLOADED", "RANGE_NOT_SATISFIABLE"] as const),
  ...(["UPLOAD_TOO_LARGE", "UPLOAD_INCOMPLETE", "UPLOAD_TOO_SLOW", "CANCELLED"] as const),
];
/** Failures of what makes answers; any other of the server's own is internal. */
const WORK =
  /^(?:LANGUAGE|SPEECH|FACE|WORKER|RENDER|MEDIA|RECOGNITION|OUTGOING|DISK|OUTPUT|VOICE)_/u;
/** Of those, statuses of campaigns blame what was uploaded. */
const SERVERS_OWN = /^(?:WORKER|VOICE)_/u;

/** Status and body of a failed request of the video chat, with the names its clients know. */
export function chatAnswerTo(
  thrown: unknown,
  failed: FailedRequest,
): { status: number; body: ErrorBody } {
  if (isUnreadableJson(thrown)) {
    return answerTo(
      new RequestInvalid([{ type: "json_invalid", loc: ["body"], msg: "JSON decode error" }]),
      failed,
    );
  }
  const known = answerTo(thrown, failed);
  if (!(thrown instanceof AppError)) {
    // The framework's own refusals of a head or body.
    return known.status === 400 ? named("InvalidInputException", known.body.message) : known;
  }
  const { code, status, message } = thrown;
  if (AS_ELSEWHERE.includes(code)) return known;
  if (code === "RATE_LIMITED") return named("RateLimitExceeded", message, 429);
  if (code === "MODEL_LOAD_FAILED") {
    const what = message.replace(/ cannot be loaded.*$/su, "");
    return named("ModelLoadException", `${what} cannot be loaded: tell the operator`, 500);
  }
  if (status < 500 && !SERVERS_OWN.test(code)) return named("InvalidInputException", message);
  if (!WORK.test(code)) return known;
  return named("GenerationException", PUBLIC_MESSAGES[code] ?? NOT_GENERATED, 500);

  function named(error: string, text: string, as = 400): { status: number; body: ErrorBody } {
    const place = { request_id: failed.requestId, path: failed.path };
    return { status: as, body: { detail: text, error, message: text, ...place } };
  }
}

export function answerChatError(
  thrown: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return sendError(thrown, chatAnswerTo(thrown, failedRequest(request)), { request, reply });
}

function isUnreadableJson(thrown: unknown): boolean {
  if (thrown instanceof SyntaxError) return true;
  const code = errorCodeOf(thrown);
  return code === "FST_ERR_CTP_INVALID_JSON_BODY" || code === "FST_ERR_CTP_EMPTY_JSON_BODY";
}
