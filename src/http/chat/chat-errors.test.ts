import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, type ErrorCode } from "../../domain/app-error.ts";
import { RequestInvalid } from "../request-invalid.ts";
import { chatAnswerTo } from "./chat-errors.ts";

const failed = { method: "POST", path: "/api/generate/text", requestId: "r" };
const answerOf = (code: ErrorCode, message = "as it is") =>
  chatAnswerTo(new AppError(code, message), failed);

test("errors have the names and statuses that clients of the original know", () => {
  for (const [code, status, error] of [
    ["BAD_REQUEST", 400, "InvalidInputException"],
    ["NO_FACE", 400, "InvalidInputException"],
    ["CONSENT_REQUIRED", 400, "InvalidInputException"],
    ["LANGUAGE_BLOCKED", 400, "InvalidInputException"],
    ["RATE_LIMITED", 429, "RateLimitExceeded"],
    ["LANGUAGE_FAILED", 500, "GenerationException"],
    ["LANGUAGE_REFUSED", 500, "GenerationException"],
    ["SPEECH_FAILED", 500, "GenerationException"],
    ["FACE_FAILED", 500, "GenerationException"],
    ["WORKER_TIMEOUT", 500, "GenerationException"],
    ["DISK_FULL", 500, "GenerationException"],
    ["MODEL_LOAD_FAILED", 500, "ModelLoadException"],
    ["INTERNAL", 500, "InternalServerError"],
    ["UNAUTHORIZED", 401, "UNAUTHORIZED"],
    ["NOT_FOUND", 404, "NOT_FOUND"],
    ["UPLOAD_TOO_LARGE", 413, "UPLOAD_TOO_LARGE"],
  ] as const) {
    const { status: answered, body } = answerOf(code);
    assert.deepEqual([answered, body.error], [status, error], code);
    assert.equal(body.detail, body.message);
    assert.deepEqual([body.request_id, body.path], ["r", "/api/generate/text"]);
  }
});

test("the request's own faults are told as they are, the server's without paths and addresses", () => {
  const secret = "/srv/key at 10.0.0.1";
  assert.equal(
    answerOf("BAD_REQUEST", "Audio file not found: x").body.detail,
    "Audio file not found: x",
  );
  for (const code of ["LANGUAGE_FAILED", "SPEECH_REFUSED", "WORKER_CRASHED", "INTERNAL"] as const) {
    assert.ok(!answerOf(code, secret).body.message.includes("10.0"), code);
  }
  const { body } = answerOf("MODEL_LOAD_FAILED", `the face cannot be loaded: ${secret}`);
  assert.equal(body.message, "the face cannot be loaded: tell the operator");
});

test("faults of fields, and what is no JSON, are listed", () => {
  const details = [{ type: "missing", loc: ["body", "prompt"], msg: "Field required" }];
  const { status, body } = chatAnswerTo(new RequestInvalid(details), failed);
  assert.deepEqual(
    [status, body.error, body.message],
    [422, "ValidationError", "Invalid request data"],
  );
  assert.deepEqual([body.detail, body.details], [details, details]);
  const unreadable = Object.assign(new Error("x"), {
    code: "FST_ERR_CTP_INVALID_JSON_BODY",
    statusCode: 400,
  });
  assert.deepEqual(chatAnswerTo(unreadable, failed).body.detail, [
    { type: "json_invalid", loc: ["body"], msg: "JSON decode error" },
  ]);
});
