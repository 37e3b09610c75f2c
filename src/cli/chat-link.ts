import { z } from "zod";
import type { LiveSessions } from "../chat/live/live-sessions.ts";
import { AppError } from "../domain/app-error.ts";

/** A way to a live conversation; `docs/live-protocol.md` describes what goes over it. */
export type ChatLink = { send(text: string): void; close(): void };

export type ChatLinkEnds = {
  onText: (text: string) => void;
  onClosed: (reason: string) => void;
};

/** A conversation of this process. */
export function linkInProcess(
  sessions: LiveSessions,
  { onText, onClosed }: ChatLinkEnds,
): ChatLink {
  const handler = sessions.connect(
    {
      send: (frame) => {
        if (typeof frame === "string") onText(frame);
      },
      buffered: () => 0,
      close: (_reason, message) => onClosed(message),
    },
    { owner: "terminal", address: "terminal" },
  );
  return { send: (text) => handler.text(text), close: () => handler.closed() };
}

/**
 * A conversation of a running server.
 * @param server Such as `http://localhost:8000`.
 * @param apiKey Null where the server asks for none.
 * @throws AppError INVALID_OPTION for what is no address, OUTGOING_FAILED when nobody answers there.
 */
export function linkToServer(
  server: string,
  apiKey: string | null,
  { onText, onClosed }: ChatLinkEnds,
): Promise<ChatLink> {
  const parsed = z.url({ protocol: /^https?$/u }).safeParse(server);
  if (!parsed.success) {
    throw new AppError(
      "INVALID_OPTION",
      `--url is ${JSON.stringify(server)}: give a server's address, such as http://localhost:8000`,
    );
  }
  const url = new URL("api/live", parsed.data.endsWith("/") ? parsed.data : `${parsed.data}/`);
  url.protocol = url.protocol.replace("http", "ws");
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  const socket = new WebSocket(url, { headers });
  return new Promise((resolve, reject) => {
    let wasOpen = false;
    socket.addEventListener("open", () => {
      wasOpen = true;
      resolve({ send: (text) => socket.send(text), close: () => socket.close() });
    });
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") onText(data);
    });
    socket.addEventListener("close", ({ reason }) => {
      reject(
        new AppError(
          "OUTGOING_FAILED",
          `${server} took no conversation: check that it runs, and that VOCATIVE_API_KEY holds a key when it asks for one`,
        ),
      );
      if (wasOpen) onClosed(reason || "the connection broke");
    });
  });
}
