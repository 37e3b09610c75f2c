import { randomInt } from "node:crypto";
import http from "node:http";

export type ChatAnswer = {
  status: number;
  headers: http.IncomingHttpHeaders;
  bytes: Buffer;
  /** Of JSON; empty for anything else. */
  body: Record<string, unknown>;
};

/** A client of the chat; each has an address of its own, as its server believes the proxy it is. */
export type ChatClient = {
  get(path: string, headers?: Record<string, string>): Promise<ChatAnswer>;
  head(path: string): Promise<ChatAnswer>;
  post(path: string, body: unknown): Promise<ChatAnswer>;
  send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | Buffer,
  ): Promise<ChatAnswer>;
};

/** What a server needs in its environment so that clients may have addresses of their own. */
export const MANY_CLIENTS = { VOCATIVE_OPEN: "true", VOCATIVE_TRUST_PROXY: "loopback" };

/** Sends paths as they are written: other clients would tidy `..` away. */
export function createChatClient(url: string): ChatClient {
  const address = `203.0.${randomInt(256)}.${randomInt(256)}`;
  const { hostname, port } = new URL(url);
  const send: ChatClient["send"] = (method, path, headers, body) =>
    new Promise((resolve, reject) => {
      const request = http.request({
        ...{ hostname, port, method, path, agent: false },
        headers: { "x-forwarded-for": address, ...headers },
      });
      request.once("error", reject);
      request.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const bytes = Buffer.concat(chunks);
          const isJson = /json/u.test(response.headers["content-type"] ?? "") && bytes.length > 0;
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes,
            body: isJson ? JSON.parse(bytes.toString()) : {},
          });
        });
      });
      request.end(body);
    });
  return {
    send,
    get: (path, headers = {}) => send("GET", path, headers),
    head: (path) => send("HEAD", path, {}),
    post: (path, body) =>
      send("POST", path, { "content-type": "application/json" }, JSON.stringify(body)),
  };
}
