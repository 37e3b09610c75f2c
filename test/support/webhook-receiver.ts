import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Received = { headers: Record<string, string>; body: string; at: number };

export type WebhookReceiver = {
  /** Such as `127.0.0.1:40123`. */
  host: string;
  url: string;
  /** Everything that came, in its order. */
  received: readonly Received[];
  /** The next so many requests are answered with 500. */
  refuse(count: number): void;
  /** Resolves once a request came for which that holds, whenever it came. */
  until(isIt: (one: Received) => boolean): Promise<Received>;
  close(): Promise<void>;
};

/** A server on this machine that is told of events. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let refusals = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      response.statusCode = refusals-- > 0 ? 500 : 200;
      response.end();
      received.push({ headers, body, at: Date.now() });
      for (const look of waiting) look();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `http://${host}/told`,
    received,
    refuse: (count) => {
      refusals = count;
    },
    until: (isIt) =>
      new Promise((resolve) => {
        const look = () => {
          const found = received.find(isIt);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
