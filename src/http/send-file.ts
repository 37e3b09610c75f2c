import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Downloadable } from "../campaign/campaign-service.ts";
import { AppError } from "../domain/app-error.ts";
import { type ByteRange, parseRange } from "./byte-range.ts";
import { contentDisposition } from "./content-disposition.ts";

/**
 * Answers with a file, or with the range of it that was asked for (RFC 9110, 13 and 14), as fast as
 * the client takes it. It is released once, whatever happens.
 * @param options `name`: what to call it instead of its own name.
 * @throws AppError RANGE_NOT_SATISFIABLE.
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: Downloadable,
  options: { disposition: "inline" | "attachment"; name?: string },
): Promise<FastifyReply> {
  const release = async () => {
    await file.release?.().catch((error: unknown) => {
      request.log.error({ err: error }, "a file that was sent could not be released");
    });
  };
  const unsent = async (answer: () => FastifyReply) => {
    await release();
    return answer();
  };
  const etag = `"${file.etag}"`;
  const reads = request.method === "GET" || request.method === "HEAD";
  reply.header("etag", etag).header("last-modified", new Date(file.modifiedAt).toUTCString());
  reply.header("cache-control", reads ? "private, no-cache" : "no-store");
  if (reads && isUnchanged(request, file, etag)) return unsent(() => reply.code(304).send());

  const range = request.method === "GET" ? rangeOf(request, file, etag) : null;
  if (range === "unsatisfiable") {
    await release();
    reply.header("content-range", `bytes */${file.sizeBytes}`);
    throw new AppError(
      "RANGE_NOT_SATISFIABLE",
      `${request.headers.range} is outside the file, which has ${file.sizeBytes} bytes`,
    );
  }
  const { start, end } = range ?? { start: 0, end: file.sizeBytes };
  if (reads) reply.header("accept-ranges", "bytes");
  reply
    .code(range === null ? 200 : 206)
    .type(file.mediaType)
    .header("content-length", end - start)
    .header(
      "content-disposition",
      contentDisposition(options.disposition, options.name ?? file.name),
    );
  if (range !== null) reply.header("content-range", `bytes ${start}-${end - 1}/${file.sizeBytes}`);
  if (request.method === "HEAD" || start === end) return unsent(() => reply.send());
  const body = Readable.from(exactly(file.read({ start, end }), end - start), {
    objectMode: false,
  });
  body.once("close", release);
  // A client that hung up while the file was looked up leaves nobody to close the stream.
  if (reply.raw.destroyed) body.destroy();
  return reply.send(body);
}

/** Passes `length` bytes on. A client that was promised more would wait for the rest for ever. */
async function* exactly(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for await (const chunk of chunks) {
    passed += chunk.length;
    if (passed > length) break;
    yield chunk;
  }
  if (passed !== length) {
    throw new AppError("INTERNAL", `a file gave ${passed} bytes where ${length} were expected`);
  }
}

/** Whether what the client has is what it would get. */
function isUnchanged({ headers }: FastifyRequest, file: Downloadable, etag: string): boolean {
  const known = headers["if-none-match"];
  if (known !== undefined) {
    const tags = known.split(",").map((tag) => tag.trim().replace(/^W\//u, ""));
    return tags.includes("*") || tags.includes(etag);
  }
  const since = Date.parse(headers["if-modified-since"] ?? "");
  return Math.floor(file.modifiedAt / 1000) * 1000 <= since;
}

/** A range counts only of the file that the client has the rest of. */
function rangeOf(
  { headers }: FastifyRequest,
  file: Downloadable,
  etag: string,
): ByteRange | "unsatisfiable" | null {
  const condition = headers["if-range"]?.toString().trim();
  const same =
    condition === undefined ||
    (condition.startsWith('"')
      ? condition === etag
      : Date.parse(condition) === Math.floor(file.modifiedAt / 1000) * 1000);
  return same ? parseRange(headers.range, file.sizeBytes) : null;
}
