import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";

const MEDIA_TYPES: Record<string, string> = {
  ".mp4": "video/mp4",
  ".m4a": "audio/mp4",
  ".mov": "video/quicktime",
  ".webm": "video/webm",
  ".mkv": "video/x-matroska",
  ".mp3": "audio/mpeg",
  ".wav": "audio/wav",
  ".ogg": "audio/ogg",
};

export type FileServer = {
  /** Of the page. */
  url: string;
  close(): Promise<void>;
};

/** Serves `page` at `/` and a file, with byte ranges, at `/media`, on this machine only. */
export async function serveFile(file: string, page: string): Promise<FileServer> {
  const { size } = await stat(file);
  const server = createServer((request, response) => {
    if (request.url === "/") response.setHeader("content-type", "text/html").end(page);
    else if (request.url === "/media") void sendMedia(file, size, request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function sendMedia(
  file: string,
  size: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const start = Number(from);
  const end = to === "" ? size - 1 : Math.min(size - 1, Number(to));
  const type = MEDIA_TYPES[path.extname(file)] ?? "application/octet-stream";
  response.setHeader("accept-ranges", "bytes").setHeader("content-type", type);
  if (start > end) {
    response.writeHead(416, { "content-range": `bytes */${size}` }).end();
    return;
  }
  response.setHeader("content-length", end - start + 1);
  if (from === "") response.writeHead(200);
  else response.writeHead(206, { "content-range": `bytes ${start}-${end}/${size}` });
  // A player breaks off requests whenever it seeks.
  await pipeline(createReadStream(file, { start, end }), response).catch(() => undefined);
}
