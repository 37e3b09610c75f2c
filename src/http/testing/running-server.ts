import net from "node:net";
import type { TestContext } from "node:test";
import type { FastifyBaseLogger } from "fastify";
import { DEFAULT_TENANT, SCOPES } from "../../domain/caller.ts";
import { createHttpServer, type HttpServerOptions } from "../server.ts";
import { createFakeService, type FakeService } from "./fake-service.ts";

export type RunningServer = {
  /** Without a slash at its end. */
  url: string;
  port: number;
  service: FakeService;
};

/** A server on a free port of this machine, until the test ends; everybody may do everything. */
export async function startServer(
  t: TestContext,
  changes: Partial<Omit<HttpServerOptions, "service">> = {},
): Promise<RunningServer> {
  const service = createFakeService();
  const app = createHttpServer({
    service,
    version: "1.2.3",
    access: (root) => {
      root.addHook("onRequest", async (request) => {
        request.caller = { tenant: DEFAULT_TENANT, scopes: SCOPES, keyId: null };
      });
    },
    limits: { uploadBytes: 2 ** 30 },
    ...changes,
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  t.after(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  return { url, port: Number(new URL(url).port), service };
}

/** Writes `text` to the server as it is and collects what comes back until the server ends it. */
export function openConnection(port: number): {
  socket: net.Socket;
  /** All that came, once the connection is over or `until` has come. */
  answer(until?: RegExp): Promise<string>;
} {
  const socket = net.connect(port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  // A server may cut off; what had come by then is what counts.
  socket.on("error", () => {});
  return {
    socket,
    answer: (until) =>
      new Promise((resolve) => {
        const look = () => {
          if (until?.test(text)) resolve(text);
        };
        socket.on("data", look);
        socket.once("close", () => resolve(text));
        look();
      }),
  };
}

export type Part = { name: string; fileName?: string; type?: string; content: string };

export const BOUNDARY = "----boundary";
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** A multipart form; without its end when `open`. */
export function formText(parts: readonly Part[], { open = false } = {}): string {
  const texts = parts.map(({ name, fileName, type, content }) => {
    const file = fileName === undefined ? "" : `; filename="${fileName}"`;
    const kind = type === undefined ? "" : `Content-Type: ${type}\r\n`;
    const head = `Content-Disposition: form-data; name="${name}"${file}\r\n${kind}`;
    return `--${BOUNDARY}\r\n${head}\r\n${content}`;
  });
  return texts.join("\r\n") + (open ? "" : `\r\n--${BOUNDARY}--\r\n`);
}

/** Sends a form and reads the answer. */
export async function postForm(
  url: string,
  parts: readonly Part[],
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": FORM_TYPE, ...headers },
    body: formText(parts),
  });
}

export const BASE: Part = { name: "base_video", fileName: "a.mp4", content: "video" };
export const SHEET: Part = { name: "recipients", fileName: "r.csv", content: "name\nAmit" };

export type Line = { level: string; context: Record<string, unknown>; message: string };

/** A logger whose lines are kept; `line` resolves to the first that `matches`. */
export function createKeptLog(): {
  logger: FastifyBaseLogger;
  lines: Line[];
  line(matches: (line: Line) => boolean): Promise<Line>;
} {
  const lines: Line[] = [];
  const waiting: { matches: (line: Line) => boolean; resolve: (line: Line) => void }[] = [];
  const at = (level: string) => (context: unknown, message?: unknown) => {
    const line = { level, context: context as Line["context"], message: String(message) }; // as pino takes them
    lines.push(line);
    for (const { matches, resolve } of waiting) if (matches(line)) resolve(line);
  };
  const logger: FastifyBaseLogger = {
    ...{ level: "trace", fatal: at("fatal"), error: at("error"), warn: at("warn") },
    ...{ info: at("info"), debug: at("debug"), trace: at("trace"), silent: at("silent") },
    child: () => logger,
  };
  const line = (matches: (line: Line) => boolean) =>
    new Promise<Line>((resolve) => {
      const found = lines.find(matches);
      if (found) resolve(found);
      else waiting.push({ matches, resolve });
    });
  return { logger, lines, line };
}
