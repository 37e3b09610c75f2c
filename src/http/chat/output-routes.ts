import { Readable } from "node:stream";
import { z } from "zod";
import type { ChatService } from "../../chat/chat-service.ts";
import type { ZodApp } from "../http-plugin.ts";
import { sendFile } from "../send-file.ts";

const tags = ["chat"];

/** What was made, and videos while they are made. */
export function addOutputRoutes(app: ZodApp, { chat }: { chat: ChatService }): void {
  app.route({
    method: ["GET", "HEAD"],
    url: "/outputs/*",
    config: {
      scope: "read",
      answers: {
        200: ["video/mp4", "audio/wav", "text/vtt"],
        206: ["video/mp4", "audio/wav", "text/vtt"],
      },
    },
    schema: {
      tags,
      summary: "A file that was made, also in ranges; kept for 24 hours",
    },
    handler: async (request, reply) => {
      const { "*": name } = request.params as { "*": string }; // as the router makes of the asterisk
      return sendFile(request, reply, await chat.output(name), { disposition: "inline" });
    },
  });

  app.route({
    method: ["GET", "HEAD"],
    url: "/api/stream/:file",
    config: { scope: "read", answers: { 200: ["video/mp4"], 206: ["video/mp4"] } },
    schema: {
      tags,
      summary: "The video of POST /api/generate/full, also while it is made",
      params: z.object({ file: z.string().max(100).describe("REQUEST_ID.mp4") }),
    },
    handler: async (request, reply) => {
      const opened = await chat.openStream(request.params.file.replace(/\.mp4$/u, ""));
      if ("file" in opened) return sendFile(request, reply, opened.file, { disposition: "inline" });
      reply.type("video/mp4").header("cache-control", "no-store").header("accept-ranges", "none");
      // The head tells no length, as nobody knows it yet.
      if (request.method === "HEAD") return reply.send();
      const body = Readable.from(opened.bytes, { objectMode: false });
      if (reply.raw.destroyed) body.destroy();
      return reply.send(body);
    },
  });
}
