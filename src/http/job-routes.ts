import { z } from "zod";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { jobFormSchema } from "../campaign/jobs/job-form.ts";
import { JOB_STATES } from "../domain/job.ts";
import { callerOf } from "./caller-of.ts";
import { fileSchema, jobIdSchema, pageQuery } from "./field-schemas.ts";
import { formSchemaOf } from "./form-schema.ts";
import type { ZodApp } from "./http-plugin.ts";
import { createdJobBody, jobBody, jobBodyOf, jobListBody, retriedJobBody } from "./job-bodies.ts";
import { parseJobForm } from "./job-form-fields.ts";
import { receiveForm, type UploadLimits } from "./multipart-intake.ts";
import { missing, RequestInvalid } from "./request-invalid.ts";
import { sendFile } from "./send-file.ts";

const tags = ["jobs"];
const FILES = ["base_video", "recipients", "voice_sample"] as const;

const idempotencyHeader = z.object({
  "idempotency-key": z
    .string()
    .max(200)
    .regex(/^[\x21-\x7e]*$/u, "Use visible ASCII characters")
    .optional()
    .describe("the same key and the same request give the same job"),
});

/** `POST /jobs`; in a scope of its own that takes multipart forms. */
export function addJobUpload(
  app: ZodApp,
  { service, limits }: { service: CampaignService; limits: UploadLimits },
): void {
  app.route({
    method: "POST",
    url: "/jobs",
    config: {
      scope: "write",
      form: formSchemaOf(jobFormSchema).extend({
        base_video: fileSchema.optional().describe("the base; required without template_id"),
        recipients: fileSchema.describe("CSV or XLSX with a header row; `name` is required"),
        voice_sample: fileSchema.optional().describe("required when tts_provider=elevenlabs"),
      }),
    },
    schema: {
      tags,
      summary: "Start a campaign",
      headers: idempotencyHeader,
      response: { 200: createdJobBody.describe("The job is queued") },
    },
    handler: (request, reply) => {
      const caller = callerOf(request);
      return receiveForm(request, reply, {
        files: FILES,
        limits,
        open: (expectedBytes) => service.jobs.upload(caller, expectedBytes),
        use: async ({ upload, fields, signal }) => {
          const form = parseJobForm(fields);
          const absent = [
            ...(form.templateId === undefined ? ["base_video"] : []),
            "recipients",
          ].filter((field) => !upload.files.has(field));
          if (absent.length > 0) {
            throw new RequestInvalid(absent.map((field) => missing("body", field)));
          }
          const idempotencyKey = request.headers["idempotency-key"] || null;
          const job = await service.jobs.create(
            caller,
            { form, upload, idempotencyKey },
            { signal },
          );
          return { job_id: job.id, status: "queued" as const };
        },
      });
    },
  });
}

export function addJobRoutes(app: ZodApp, { service }: { service: CampaignService }): void {
  app.get(
    "/jobs",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "Jobs, newest first",
        querystring: pageQuery.extend({ state: z.enum(JOB_STATES).optional() }),
        response: { 200: jobListBody },
      },
    },
    async (request) => {
      const { state, cursor, limit } = request.query;
      const page = await service.jobs.list(callerOf(request), {
        limit,
        ...(state && { state }),
        ...(cursor && { cursor }),
      });
      return { jobs: page.items.map(jobBodyOf), next_cursor: page.next };
    },
  );

  app.get(
    "/jobs/:job_id",
    {
      config: { scope: "read", polled: true },
      schema: {
        tags,
        summary: "What has become of a job",
        params: jobIdSchema,
        response: { 200: jobBody },
      },
    },
    async (request) => jobBodyOf(await service.jobs.get(callerOf(request), request.params.job_id)),
  );

  app.delete(
    "/jobs/:job_id",
    {
      config: { scope: "write" },
      schema: {
        tags,
        summary: "Cancel a job, or remove it with all its files",
        params: jobIdSchema,
        querystring: z.object({
          purge: z.boolean().default(false).describe("remove the job with all its files"),
        }),
        response: { 200: jobBody, 204: z.null().describe("Removed") },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { job_id: id } = request.params;
      if (!request.query.purge) return jobBodyOf(await service.jobs.cancel(caller, id));
      await service.jobs.purge(caller, id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/jobs/:job_id/retry",
    {
      config: { scope: "write" },
      schema: {
        tags,
        summary: "Make the failed rows of an ended job once more",
        params: jobIdSchema,
        response: { 202: retriedJobBody },
      },
    },
    async (request, reply) => {
      const { job, rows } = await service.jobs.retry(callerOf(request), request.params.job_id);
      return reply.code(202).send({ job_id: job.id, status: job.state, rows });
    },
  );

  app.route({
    method: ["GET", "HEAD"],
    url: "/jobs/:job_id/download",
    config: { scope: "read", answers: { 200: ["application/zip"], 206: ["application/zip"] } },
    schema: {
      tags,
      summary: "The ZIP of all outputs, with report.csv",
      params: jobIdSchema,
    },
    handler: async (request, reply) => {
      const { job_id: id } = request.params;
      const file = await service.jobs.download(callerOf(request), id);
      return sendFile(request, reply, file, { disposition: "attachment", name: `${id}.zip` });
    },
  });
}
