import { readFile } from "node:fs/promises";
import type { FastifyInstance, FastifyReply } from "fastify";

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

const SCRIPT = "text/javascript; charset=utf-8";
const FILES: Record<string, string> = {
  "chat.js": SCRIPT,
  "live-link.js": SCRIPT,
  "live-player.js": SCRIPT,
  "microphone.js": SCRIPT,
  "microphone-worklet.js": SCRIPT,
  "chat.css": "text/css; charset=utf-8",
};

/** GET /chat: a page to talk to the portrait, and its files below /chat/. */
export async function addChatPage(app: FastifyInstance): Promise<void> {
  const hidden = { config: { scope: "public" }, schema: { hide: true } } as const;
  /** Read when first asked for. */
  const read = new Map<string, Promise<string>>();

  async function send(reply: FastifyReply, file: string, type: string): Promise<FastifyReply> {
    const text = read.get(file) ?? readFile(new URL(file, import.meta.url), "utf8");
    read.set(file, text);
    return reply
      .headers({
        "content-security-policy": CONTENT_POLICY,
        "permissions-policy": "microphone=(self), camera=()",
        "cache-control": "no-cache",
      })
      .type(type)
      .send(await text);
  }

  app.get("/chat", hidden, (_request, reply) =>
    send(reply, "chat.html", "text/html; charset=utf-8"),
  );
  for (const [file, type] of Object.entries(FILES)) {
    app.get(`/chat/${file}`, hidden, (_request, reply) => send(reply, file, type));
  }
}
