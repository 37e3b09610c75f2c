/**
 * Codes are part of the API: they are never renamed. `status` is the HTTP status, `exitCode` the
 * command line's.
 */
const ERRORS = {
  INVALID_OPTION: { status: 422, exitCode: 1 },
  BAD_REQUEST: { status: 400, exitCode: 1 },
  OPERATOR_ONLY_OPTION: { status: 400, exitCode: 1 },
  OPTION_UNAVAILABLE: { status: 422, exitCode: 1 },
  CONSENT_REQUIRED: { status: 422, exitCode: 1 },
  URL_NOT_ALLOWED: { status: 422, exitCode: 1 },
  IDEMPOTENCY_KEY_REUSED: { status: 422, exitCode: 1 },
  UNAUTHORIZED: { status: 401, exitCode: 1 },
  FORBIDDEN: { status: 403, exitCode: 1 },
  LINK_INVALID: { status: 403, exitCode: 1 },
  LINK_EXPIRED: { status: 410, exitCode: 1 },
  NOT_FOUND: { status: 404, exitCode: 1 },
  METHOD_NOT_ALLOWED: { status: 405, exitCode: 1 },
  JOB_NOT_READY: { status: 400, exitCode: 1 },
  JOB_NOT_ENDED: { status: 409, exitCode: 1 },
  NOTHING_TO_RETRY: { status: 409, exitCode: 1 },
  TEMPLATE_IN_USE: { status: 409, exitCode: 1 },
  TEMPLATE_NOT_READY: { status: 409, exitCode: 1 },
  UPLOAD_TOO_LARGE: { status: 413, exitCode: 1 },
  UPLOAD_INCOMPLETE: { status: 400, exitCode: 1 },
  UPLOAD_TOO_SLOW: { status: 408, exitCode: 1 },
  TYPE_NOT_SUPPORTED: { status: 415, exitCode: 1 },
  RANGE_NOT_SATISFIABLE: { status: 416, exitCode: 1 },
  HOST_NOT_ALLOWED: { status: 421, exitCode: 1 },
  RATE_LIMITED: { status: 429, exitCode: 1 },
  QUOTA_EXCEEDED: { status: 429, exitCode: 1 },
  OVERLOADED: { status: 503, exitCode: 1 },
  OUTGOING_FAILED: { status: 502, exitCode: 1 },
  ADDRESS_UNUSABLE: { status: 500, exitCode: 1 },
  FILE_NOT_FOUND: { status: 400, exitCode: 1 },
  FILE_UNREADABLE: { status: 400, exitCode: 1 },
  OUTPUT_UNWRITABLE: { status: 500, exitCode: 1 },
  DISK_FULL: { status: 507, exitCode: 1 },
  SHEET_UNREADABLE: { status: 422, exitCode: 1 },
  SHEET_TOO_LARGE: { status: 422, exitCode: 1 },
  SHEET_EMPTY: { status: 422, exitCode: 1 },
  SHEET_BOMB: { status: 422, exitCode: 1 },
  SHEET_DOCTYPE: { status: 422, exitCode: 1 },
  SHEET_TOO_MANY_ROWS: { status: 422, exitCode: 1 },
  COLUMN_MISSING: { status: 422, exitCode: 1 },
  MEDIA_UNREADABLE: { status: 422, exitCode: 1 },
  MEDIA_UNSUPPORTED: { status: 422, exitCode: 1 },
  MEDIA_TYPE_NOT_ALLOWED: { status: 415, exitCode: 1 },
  MEDIA_TOO_LARGE: { status: 422, exitCode: 1 },
  NO_AUDIO: { status: 422, exitCode: 1 },
  NO_VIDEO: { status: 422, exitCode: 1 },
  NO_SPEECH: { status: 422, exitCode: 1 },
  SLOT_INVALID: { status: 422, exitCode: 1 },
  NAME_TOO_LONG: { status: 422, exitCode: 1 },
  SPEECH_FAILED: { status: 502, exitCode: 1 },
  SPEECH_UNUSABLE: { status: 502, exitCode: 1 },
  SPEECH_REFUSED: { status: 502, exitCode: 1 },
  RECOGNITION_FAILED: { status: 502, exitCode: 1 },
  SLOT_UNSURE: { status: 422, exitCode: 1 },
  VOICE_UNKNOWN: { status: 422, exitCode: 1 },
  WORKER_CRASHED: { status: 422, exitCode: 1 },
  WORKER_TIMEOUT: { status: 503, exitCode: 1 },
  WORKER_MEMORY: { status: 422, exitCode: 1 },
  NO_FACE: { status: 422, exitCode: 1 },
  FACE_UNSUITABLE: { status: 422, exitCode: 1 },
  FACE_FAILED: { status: 502, exitCode: 1 },
  LANGUAGE_FAILED: { status: 502, exitCode: 1 },
  LANGUAGE_REFUSED: { status: 502, exitCode: 1 },
  LANGUAGE_BLOCKED: { status: 422, exitCode: 1 },
  MODEL_LOAD_FAILED: { status: 500, exitCode: 1 },
  RENDER_FAILED: { status: 500, exitCode: 1 },
  CANCELLED: { status: 499, exitCode: 130 },
  INTERNAL: { status: 500, exitCode: 1 },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The one error type that crosses a module's border on purpose. `message` is one line for the person
 * who can act on it: it names the thing, the value, the limit and the remedy.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERRORS, value);
}

/** Any thrown value as an AppError; what is not one already becomes INTERNAL and keeps its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError("INTERNAL", message, { cause: thrown });
}
