import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import { answerTo } from "./error-body.ts";
import { missing, RequestInvalid } from "./request-invalid.ts";

const request = { method: "POST", path: "/jobs", requestId: "id-1" };
const place = { request_id: "id-1", path: "/jobs" };

test("what is not found or not ready is told in the text of the contract", () => {
  const text = "job not found";
  assert.deepEqual(answerTo(new AppError("NOT_FOUND", text), request), {
    status: 404,
    body: { detail: text, error: "NOT_FOUND", message: text, ...place },
  });
});

test("missing fields are listed twice, as detail and as details", () => {
  const detail = [{ type: "missing", loc: ["body", "base_video"], msg: "Field required" }];
  assert.deepEqual(answerTo(new RequestInvalid([missing("body", "base_video")]), request), {
    status: 422,
    body: {
      detail,
      error: "ValidationError",
      message: "Invalid request data",
      ...place,
      details: detail,
    },
  });
});

test("a fault of a file is told of the field that brought it", () => {
  for (const [code, loc] of [
    ["COLUMN_MISSING", ["body", "recipients"]],
    ["SHEET_BOMB", ["body", "recipients"]],
    ["MEDIA_UNREADABLE", ["body", "base_video"]],
    ["NO_SPEECH", ["body", "base_video"]],
    ["OPTION_UNAVAILABLE", ["body"]],
    ["IDEMPOTENCY_KEY_REUSED", ["header", "idempotency-key"]],
  ] as const) {
    const { status, body } = answerTo(new AppError(code, "why"), request);
    assert.deepEqual([status, body.error, body.message], [422, code, "why"]);
    assert.deepEqual(body.detail, [{ type: code.toLowerCase(), loc, msg: "why" }]);
  }
  const reading = answerTo(new AppError("INVALID_OPTION", "no cursor"), {
    ...request,
    method: "GET",
  });
  assert.deepEqual(reading.body.detail, [
    { type: "invalid_option", loc: ["query"], msg: "no cursor" },
  ]);
});

test("no failure of the server tells what is inside it", () => {
  const secret = "/srv/data/secret.db: key-123";
  const failures: [unknown, number, string][] = [
    [new Error(secret), 500, "InternalServerError"],
    [secret, 500, "InternalServerError"],
    [null, 500, "InternalServerError"],
    [new AppError("INTERNAL", secret), 500, "InternalServerError"],
    [new AppError("OUTPUT_UNWRITABLE", secret), 500, "InternalServerError"],
    [new AppError("DISK_FULL", secret), 507, "DISK_FULL"],
    [new AppError("SPEECH_FAILED", secret), 502, "SPEECH_FAILED"],
    [Object.assign(new Error(secret), { statusCode: 500 }), 500, "InternalServerError"],
  ];
  for (const [thrown, expected, error] of failures) {
    const { status, body } = answerTo(thrown, request);
    assert.deepEqual([status, body.error], [expected, error]);
    assert.ok(!JSON.stringify(body).includes("secret"));
    assert.equal(body.detail, body.message);
  }
});

test("the framework's own refusals have codes of the API", () => {
  const codes: Record<number, ErrorCode> = {
    400: "BAD_REQUEST",
    413: "UPLOAD_TOO_LARGE",
    415: "TYPE_NOT_SUPPORTED",
    429: "RATE_LIMITED",
    418: "BAD_REQUEST",
  };
  for (const [statusCode, code] of Object.entries(codes)) {
    const thrown = Object.assign(new Error("why"), { statusCode: Number(statusCode) });
    assert.equal(answerTo(thrown, request).body.error, code);
  }
});
