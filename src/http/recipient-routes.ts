import { z } from "zod";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { RECIPIENT_STATES } from "../ports/job-store.ts";
import { callerOf } from "./caller-of.ts";
import { jobIdSchema, pageQuery, rowSchema, toSeconds } from "./field-schemas.ts";
import type { ZodApp } from "./http-plugin.ts";
import { linkBody, recipientBody, recipientBodyOf, recipientListBody } from "./recipient-bodies.ts";
import { sendFile } from "./send-file.ts";

const tags = ["recipients"];
const DAY_SECONDS = 24 * 60 * 60;
const MEDIA_TYPES = ["video/mp4", "audio/mpeg"];

export function addRecipientRoutes(app: ZodApp, { service }: { service: CampaignService }): void {
  app.get(
    "/jobs/:job_id/recipients",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "A job's rows in the order of the sheet",
        params: jobIdSchema,
        querystring: pageQuery.extend({ state: z.enum(RECIPIENT_STATES).optional() }),
        response: { 200: recipientListBody },
      },
    },
    async (request) => {
      const { job_id: id } = request.params;
      const { state, cursor, limit } = request.query;
      const page = await service.jobs.recipients(callerOf(request), id, {
        limit,
        ...(state && { state }),
        ...(cursor && { cursor }),
      });
      return {
        recipients: page.items.map((row) => recipientBodyOf(id, row)),
        next_cursor: page.next,
      };
    },
  );

  app.get(
    "/jobs/:job_id/recipients/:row",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "What has become of one row",
        params: rowSchema,
        response: { 200: recipientBody },
      },
    },
    async (request) => {
      const { job_id: id, row } = request.params;
      return recipientBodyOf(id, await service.jobs.recipient(callerOf(request), id, row));
    },
  );

  app.route({
    method: ["GET", "HEAD"],
    url: "/jobs/:job_id/recipients/:row/media",
    config: {
      scope: "read",
      signedLink: true,
      answers: { 200: MEDIA_TYPES, 206: MEDIA_TYPES },
    },
    schema: {
      tags,
      summary: "One recipient's output",
      params: rowSchema,
      querystring: z.object({
        download: z.boolean().default(false).describe("to be saved instead of shown"),
        expires: z.string().max(50).optional().describe("of a link; no key is needed with it"),
        signature: z.string().max(200).optional().describe("of a link"),
      }),
    },
    handler: async (request, reply) => {
      const { job_id: id, row } = request.params;
      const { download, expires = "", signature } = request.query;
      const file =
        signature === undefined
          ? await service.jobs.media(callerOf(request), id, row)
          : await service.jobs.shared({ id, row, expires, signature });
      return sendFile(request, reply, file, { disposition: download ? "attachment" : "inline" });
    },
  });

  app.post(
    "/jobs/:job_id/recipients/:row/link",
    {
      config: { scope: "write" },
      schema: {
        tags,
        summary: "A link that shows one output to whoever has it",
        params: rowSchema,
        body: z
          .object({
            expires_in: z
              .number()
              .min(60)
              .max(30 * DAY_SECONDS)
              .default(7 * DAY_SECONDS)
              .describe("seconds until the link ends"),
          })
          .nullish(),
        response: { 200: linkBody },
      },
    },
    async (request) => {
      const { job_id: id, row } = request.params;
      const validity = request.body?.expires_in ?? 7 * DAY_SECONDS;
      const link = await service.jobs.share(callerOf(request), id, row, validity);
      return { url: link.path, expires_at: toSeconds(link.expiresAt) };
    },
  );

  app.route({
    method: ["GET", "HEAD"],
    url: "/jobs/:job_id/recipients/:row/poster.jpg",
    config: { scope: "read", answers: { 200: ["image/jpeg"], 206: ["image/jpeg"] } },
    schema: {
      tags,
      summary: "A picture of one recipient's output",
      params: rowSchema,
    },
    handler: async (request, reply) => {
      const { job_id: id, row } = request.params;
      const file = await service.jobs.poster(callerOf(request), id, row);
      return sendFile(request, reply, file, { disposition: "inline" });
    },
  });
}
