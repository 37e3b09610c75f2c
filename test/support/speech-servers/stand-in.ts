import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

/** A request as a stand-in for a provider got it. */
export type Received = {
  method: string;
  /** With its query, such as `/v1/voices?page=2`. */
  path: string;
  headers: Record<string, string>;
  body: Buffer;
};

export type Reply = {
  /** 200 when left out. */
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Sent in pieces of so many bytes, without a length (chunked). */
  chunkBytes?: number;
  /** More seems to come after the body, and never does. */
  unfinished?: true;
};

/** What goes wrong with one request, instead of the answer it should have had. */
export type Trouble =
  | Reply
  /** The connection is closed at once. */
  | "refuse"
  /** It is closed in the middle of a body. */
  | "cut"
  /** No answer comes, ever. */
  | "silent"
  /** Headers and the beginning of a body come, and nothing after them. */
  | "stall";

export type StandIn = {
  /** Such as `http://127.0.0.1:40123`. */
  url: string;
  /** All requests so far, in their order. */
  received: readonly Received[];
  /** Requests that are not answered yet, now and at most so far. */
  readonly underWay: { now: number; most: number };
  /** What happens to the next requests, in this order. */
  trouble(...next: Trouble[]): void;
  /** Resolves when `count` requests have come in all. */
  until(count: number): Promise<void>;
  /** Resolves when no request is under way: each was answered, or whoever asked has gone. */
  quiet(): Promise<void>;
  close(): Promise<void>;
};

/** A server on this machine in place of a provider; `answer` says what a request gets. */
export async function startStandIn(
  answer: (request: Received) => Reply | Promise<Reply>,
): Promise<StandIn> {
  const received: Received[] = [];
  const troubles: Trouble[] = [];
  const underWay = { now: 0, most: 0 };
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    underWay.now++;
    underWay.most = Math.max(underWay.most, underWay.now);
    response.once("close", () => {
      underWay.now--;
      for (const look of waiting) look();
    });
    const body = await buffer(request).catch(() => null);
    if (!body) return; // whoever asked has gone
    const { method = "", url: path = "" } = request;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const one = { method, path, headers, body };
    const trouble = troubles.shift();
    received.push(one);
    for (const look of waiting) look();
    if (typeof trouble === "string") return misbehave(response, trouble);
    await send(response, trouble ?? (await answer(one)));
  });
  const when = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    underWay,
    trouble: (...next) => {
      troubles.push(...next);
    },
    until: (count) => when(() => received.length >= count),
    quiet: () => when(() => underWay.now === 0),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  const { status = 200, headers = {}, body = "", chunkBytes, unfinished } = reply;
  const bytes = Buffer.from(body as Uint8Array); // or a string: Buffer takes both
  response.writeHead(status, headers);
  if (unfinished) {
    response.write(bytes);
    return;
  }
  if (chunkBytes === undefined) {
    response.end(bytes);
    return;
  }
  const starts = Array.from(
    { length: Math.ceil(bytes.length / chunkBytes) },
    (_, i) => i * chunkBytes,
  );
  const chunks = starts.map((start) => bytes.subarray(start, start + chunkBytes));
  await pipeline(Readable.from(chunks), response).catch(() => {}); // whoever asked has gone
}

function misbehave(response: ServerResponse, trouble: Trouble & string): void {
  if (trouble === "refuse") response.destroy();
  if (trouble === "refuse" || trouble === "silent") return;
  response.writeHead(200, { "Content-Length": "1000" });
  response.write("the beginning", () => {
    if (trouble === "cut") response.destroy();
  });
}
