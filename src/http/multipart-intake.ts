import type { MultipartFile } from "@fastify/multipart";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError, toAppError } from "../domain/app-error.ts";
import { errorCodeOf } from "../domain/disk-error.ts";
import type { Upload } from "../domain/upload.ts";
import { clientGone } from "./client-gone.ts";
import { RequestInvalid } from "./request-invalid.ts";
import { type UploadPace, watchPace } from "./slow-body.ts";
import type { Texts } from "./text-fields.ts";

export type UploadLimits = {
  /** Of one file, and of the whole request where it says its length. */
  bytes: number;
  pace: UploadPace;
};

export const MAX_FIELD_BYTES = 100_000;
export const MAX_FIELDS = 200;
export const MAX_PARTS = 220;
export const MAX_PART_HEADERS = 20;

/** A form that has arrived: its files are in `upload`, the rest in `fields`. */
export type ReceivedForm = {
  upload: Upload;
  fields: Texts;
  /** Aborts when the client hangs up. */
  signal: AbortSignal;
};

/**
 * Receives a multipart form, its files stored while they come, and hands it to `use`. What did not
 * become part of something is removed, however that ends.
 * @param form `files`: the fields that take a file; files in others are skipped.
 * @throws AppError TYPE_NOT_SUPPORTED, UPLOAD_TOO_LARGE, UPLOAD_INCOMPLETE, UPLOAD_TOO_SLOW,
 * CANCELLED; RequestInvalid; what `open` and `use` throw.
 */
export async function receiveForm<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  form: {
    files: readonly string[];
    limits: UploadLimits;
    open: (expectedBytes: number | null) => Promise<Upload>;
    use: (received: ReceivedForm) => Promise<T>;
  },
): Promise<T> {
  if (!request.isMultipart()) {
    throw new AppError(
      "TYPE_NOT_SUPPORTED",
      `the body is ${request.headers["content-type"] ?? "of no type"}: send multipart/form-data`,
    );
  }
  const expectedBytes = contentLengthOf(request);
  if (expectedBytes !== null && expectedBytes > form.limits.bytes) {
    throw tooLarge("the request", form.limits.bytes);
  }
  const signal = clientGone(reply);
  const upload = await form.open(expectedBytes);
  try {
    const fields = await readParts(request, { ...form, upload, signal });
    return await form.use({ upload, fields, signal });
  } finally {
    await upload.discard().catch((error: unknown) => {
      request.log.error({ err: error }, "an unused upload could not be removed");
    });
  }
}

async function readParts(
  request: FastifyRequest,
  form: { files: readonly string[]; limits: UploadLimits; upload: Upload; signal: AbortSignal },
): Promise<Texts> {
  const fields: Record<string, string> = Object.create(null);
  const stalled = Promise.withResolvers<never>();
  stalled.promise.catch(() => {});
  let current: MultipartFile["file"] | null = null;
  const unwatch = watchPace(request.raw, form.limits.pace, (error) => {
    stalled.reject(error);
    current?.destroy(error);
  });
  try {
    const parts = request.parts({ limits: partLimits(form.limits) });
    for (;;) {
      const next = await Promise.race([parts.next(), stalled.promise]);
      if (next.done) return fields;
      const part = next.value;
      if (part.type === "file") {
        current = part.file;
        await storeFile(part, form);
        current = null;
      } else {
        if (part.valueTruncated) throw tooLarge(`the field ${part.fieldname}`, MAX_FIELD_BYTES);
        fields[part.fieldname] = textOf(part.value);
      }
    }
  } catch (thrown) {
    if (form.signal.aborted) throw form.signal.reason;
    throw intakeError(thrown);
  } finally {
    unwatch();
  }
}

function partLimits({ bytes }: UploadLimits) {
  return {
    fieldNameSize: 200,
    fieldSize: MAX_FIELD_BYTES,
    fields: MAX_FIELDS,
    fileSize: bytes,
    parts: MAX_PARTS,
    headerPairs: MAX_PART_HEADERS,
  };
}

async function storeFile(
  part: MultipartFile,
  form: { files: readonly string[]; limits: UploadLimits; upload: Upload; signal: AbortSignal },
): Promise<void> {
  const { fieldname: field, filename: fileName } = part;
  let broken: Error | null = null;
  const body = (async function* () {
    try {
      for await (const chunk of part.file) {
        if (part.file.truncated) break;
        yield chunk as Uint8Array; // busboy passes bytes on as they come
      }
      if (part.file.truncated) throw tooLarge(`the file ${field}`, form.limits.bytes);
    } catch (thrown) {
      broken = intakeError(thrown);
      throw broken;
    }
  })();
  // Browsers send a file field that was left empty as a file without a name.
  if (!form.files.includes(field) || !fileName) {
    for await (const _ of body);
    return;
  }
  if (form.upload.files.has(field)) {
    throw new RequestInvalid([
      { type: "value_error", loc: ["body", field], msg: "Give one file, not several" },
    ]);
  }
  try {
    await form.upload.add(field, { fileName, body, signal: form.signal });
  } catch (thrown) {
    // Why the bytes ended tells more than what the store made of it.
    throw broken ?? thrown;
  }
}

/** A part of type application/json arrives parsed. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Null when the client does not say, as for a body sent in chunks. */
function contentLengthOf({ headers }: FastifyRequest): number | null {
  const length = headers["content-length"];
  return length === undefined ? null : Number(length);
}

function tooLarge(what: string, limitBytes: number): AppError {
  return new AppError(
    "UPLOAD_TOO_LARGE",
    `${what} is larger than ${limitBytes} bytes: send less, or ask the operator to raise the limit`,
  );
}

/** What the parser of forms, or a form's consumer, throws. */
function intakeError(thrown: unknown): AppError | RequestInvalid {
  if (thrown instanceof AppError || thrown instanceof RequestInvalid) return thrown;
  const { message } = toAppError(thrown);
  switch (errorCodeOf(thrown)) {
    case "FST_PARTS_LIMIT":
    case "FST_FILES_LIMIT":
    case "FST_FIELDS_LIMIT":
      return new AppError(
        "UPLOAD_TOO_LARGE",
        `the form has more than ${MAX_FIELDS} fields or ${MAX_PARTS} parts: send fewer`,
        { cause: thrown },
      );
    case "FST_INVALID_JSON_FIELD_ERROR":
    case "FST_PROTO_VIOLATION":
      return new AppError("BAD_REQUEST", `the form cannot be read: ${message}`, { cause: thrown });
  }
  if (/unexpected end|terminated early|closed before/iu.test(message)) {
    return new AppError(
      "UPLOAD_INCOMPLETE",
      "the form ended before its last part was complete: send it again",
      { cause: thrown },
    );
  }
  if (/^multipart:|boundary|malformed/iu.test(message)) {
    return new AppError("BAD_REQUEST", `the form cannot be read: ${message}`, { cause: thrown });
  }
  return toAppError(thrown);
}
