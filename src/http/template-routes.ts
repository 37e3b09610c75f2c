import { z } from "zod";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { jobFormSchema } from "../campaign/jobs/job-form.ts";
import { TIERS } from "../domain/tier.ts";
import type { BaseTemplate } from "../ports/base-store.ts";
import { callerOf } from "./caller-of.ts";
import { fileSchema, nextCursor, pageQuery, seconds, toSeconds } from "./field-schemas.ts";
import { formSchemaOf } from "./form-schema.ts";
import type { ZodApp } from "./http-plugin.ts";
import { tierOf } from "./job-bodies.ts";
import { parseJobForm } from "./job-form-fields.ts";
import { receiveForm, type UploadLimits } from "./multipart-intake.ts";
import { missing, RequestInvalid } from "./request-invalid.ts";

const tags = ["templates"];
const templateIdSchema = z.object({ template_id: z.string().describe("id of the template") });

const templateBody = z
  .object({
    template_id: z.string(),
    status: z.enum(["queued", "ready", "failed"]),
    name: z.string().describe("the base as it was called when it was sent"),
    size_bytes: z.int(),
    insert_mode: z.enum(TIERS).nullable(),
    error: z.string().nullable(),
    error_code: z.string().nullable(),
    created_at: seconds,
    updated_at: seconds,
  })
  .meta({ id: "Template" });

/** `POST /templates`; in a scope of its own that takes multipart forms. */
export function addTemplateUpload(
  app: ZodApp,
  { service, limits }: { service: CampaignService; limits: UploadLimits },
): void {
  app.route({
    method: "POST",
    url: "/templates",
    config: {
      scope: "write",
      form: formSchemaOf(jobFormSchema.omit({ templateId: true })).extend({
        base_video: fileSchema.describe("the base"),
      }),
    },
    schema: {
      tags,
      summary: "Compile a base once for many jobs",
      response: { 200: templateBody },
    },
    handler: (request, reply) => {
      const caller = callerOf(request);
      return receiveForm(request, reply, {
        files: ["base_video"],
        limits,
        open: (expectedBytes) => service.templates.upload(caller, expectedBytes),
        use: async ({ upload, fields, signal }) => {
          const form = parseJobForm(fields);
          if (!upload.files.has("base_video")) {
            throw new RequestInvalid([missing("body", "base_video")]);
          }
          return templateBodyOf(
            await service.templates.create(caller, { form, upload }, { signal }),
          );
        },
      });
    },
  });
}

export function addTemplateRoutes(app: ZodApp, { service }: { service: CampaignService }): void {
  app.get(
    "/templates",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "Templates, newest first",
        querystring: pageQuery,
        response: {
          200: z.object({ templates: z.array(templateBody), next_cursor: nextCursor }),
        },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const page = await service.templates.list(callerOf(request), {
        limit,
        ...(cursor && { cursor }),
      });
      return { templates: page.items.map(templateBodyOf), next_cursor: page.next };
    },
  );

  app.get(
    "/templates/:template_id",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "What has become of a template",
        params: templateIdSchema,
        response: { 200: templateBody },
      },
    },
    async (request) =>
      templateBodyOf(await service.templates.get(callerOf(request), request.params.template_id)),
  );

  app.delete(
    "/templates/:template_id",
    {
      config: { scope: "write" },
      schema: {
        tags,
        summary: "Remove a template that no unfinished job needs",
        params: templateIdSchema,
        response: { 204: z.null().describe("Removed") },
      },
    },
    async (request, reply) => {
      await service.templates.remove(callerOf(request), request.params.template_id);
      return reply.code(204).send(null);
    },
  );
}

function templateBodyOf(template: BaseTemplate): z.infer<typeof templateBody> {
  return {
    template_id: template.id,
    status: template.state,
    name: template.name,
    size_bytes: template.sizeBytes,
    insert_mode: tierOf(template.options),
    error: template.error?.message ?? null,
    error_code: template.error?.code ?? null,
    created_at: toSeconds(template.createdAt),
    updated_at: toSeconds(template.updatedAt),
  };
}
