import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../domain/app-error.ts";
import { noteMethods } from "./allowed-methods.ts";
import { answerTo, type ErrorBody, type FailedRequest } from "./error-body.ts";
import { requestIdOf } from "./request-id.ts";

/** Statuses whose answer says when to come again, and after how many seconds by default. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 1, 503: 1 };
/** Headers of a file that are wrong for the error that takes its place. */
const FILE_HEADERS = [
  ...["accept-ranges", "cache-control", "content-disposition", "content-length"],
  ...["etag", "last-modified"],
];

/** Answers whatever fails, and paths and methods that are not there, with the one error body. */
export function handleErrors(app: FastifyInstance): void {
  const methodsOf = noteMethods(app);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(pathOf(request.url));
    if (allowed.length === 0) return answerError(notFound(), request, reply);
    reply.header("allow", allowed.join(", "));
    return answerError(new AppError("METHOD_NOT_ALLOWED", "Method Not Allowed"), request, reply);
  });
}

/** As routers of the original API call it. */
function notFound(): AppError {
  return new AppError("NOT_FOUND", "Not Found");
}

/** Answers a request that failed; also those which never reach a route. */
export function answerError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return sendError(thrown, answerTo(thrown, failedRequest(request)), { request, reply });
}

/** What an answer says of the request that failed. */
export function failedRequest({ method, url, id }: FastifyRequest): FailedRequest {
  return { method, path: pathOf(url), requestId: id };
}

/** Logs what was thrown and answers with a body in its place. */
export function sendError(
  thrown: unknown,
  { status, body }: { status: number; body: ErrorBody },
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  if (status >= 500) request.log.error({ err: thrown, code: body.error }, "request failed");
  else request.log.debug({ code: body.error, status }, "request refused");
  for (const name of status === 416 ? FILE_HEADERS : [...FILE_HEADERS, "content-range"]) {
    reply.removeHeader(name);
  }
  // Set for bodies that are not read. Closing at once would lose the answer; `drainRest` sees to them.
  reply.removeHeader("connection");
  const wait = RETRY_AFTER[status];
  if (wait !== undefined && !reply.hasHeader("retry-after")) reply.header("retry-after", wait);
  return reply
    .code(status)
    .header("x-request-id", request.id)
    .type("application/json; charset=utf-8")
    .serializer(JSON.stringify)
    .send(body);
}

/** Answers what is no HTTP, or came too slowly or too large to become a request. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = requestIdOf({ headers: {} });
  const { status, body } = answerTo(clientError(error.code), {
    ...{ method: "", path: "", requestId },
  });
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Request-Id: ${requestId}`,
    "Connection: close",
  ];
  // Destroying at once would lose the answer with what the client is still sending.
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
  socket.resume();
  socket.setTimeout(1000, () => socket.destroy());
}

function clientError(code: string | undefined): AppError {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new AppError("UPLOAD_TOO_SLOW", "the request came too slowly: send it again");
    case "HPE_HEADER_OVERFLOW":
      return new AppError("BAD_REQUEST", "the request's headers are larger than 16 KB: send fewer");
    case "HPE_INVALID_EOF_STATE":
      return new AppError("UPLOAD_INCOMPLETE", "the request ended before its end: send it again");
    default:
      return new AppError("BAD_REQUEST", "this is no HTTP request");
  }
}

/** Without the query. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/u);
  return end < 0 ? url : url.slice(0, end);
}
