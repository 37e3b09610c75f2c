import { z } from "zod";
import type { CampaignService, Preview } from "../campaign/campaign-service.ts";
import { jobFormSchema } from "../campaign/jobs/job-form.ts";
import { callerOf } from "./caller-of.ts";
import { fileSchema } from "./field-schemas.ts";
import { formSchemaOf } from "./form-schema.ts";
import type { ZodApp } from "./http-plugin.ts";
import { parseJobForm } from "./job-form-fields.ts";
import { receiveForm, type UploadLimits } from "./multipart-intake.ts";
import { missing, RequestInvalid } from "./request-invalid.ts";
import { sendFile } from "./send-file.ts";
import { parseTexts } from "./text-fields.ts";

const nameSchema = z.object({
  name: z.string().min(1).max(200).describe("the name that is spoken"),
});

/** `POST /previews`; in a scope of its own that takes multipart forms. */
export function addPreviewRoute(
  app: ZodApp,
  { service, limits }: { service: CampaignService; limits: UploadLimits },
): void {
  app.route({
    method: "POST",
    url: "/previews",
    config: {
      scope: "write",
      form: formSchemaOf(jobFormSchema).extend({
        ...nameSchema.shape,
        base_video: fileSchema.optional().describe("the base; required without template_id"),
        voice_sample: fileSchema.optional().describe("required when tts_provider=elevenlabs"),
      }),
      answers: { 200: ["video/mp4", "audio/mpeg"] },
    },
    schema: {
      tags: ["previews"],
      summary: "One name on a base, at once",
      description:
        "Answers with the output itself; the header `Vocative-Preview` holds its figures as JSON: " +
        "slot, slots, spoken, stretch, seams, warnings.",
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const preview = await receiveForm(request, reply, {
        files: ["base_video", "voice_sample"],
        limits,
        open: (expectedBytes) => service.previews.upload(caller, expectedBytes),
        use: ({ upload, fields, signal }) => {
          const { name } = parseTexts(nameSchema, fields, "body");
          const form = parseJobForm(fields);
          if (form.templateId === undefined && !upload.files.has("base_video")) {
            throw new RequestInvalid([missing("body", "base_video")]);
          }
          return service.previews.create(caller, { form, name, upload }, { signal });
        },
      });
      reply.header("vocative-preview", figuresOf(preview));
      return sendFile(request, reply, preview.file, { disposition: "inline" });
    },
  });
}

/** The preview's figures as JSON that may stand in a header. */
function figuresOf({ slots, spoken, stretch, seams, warnings }: Preview): string {
  const slotBodies = slots.map(({ start, end, foundBy, confidence }) => {
    return { start, end, found_by: foundBy, confidence };
  });
  const figures = {
    slot: slotBodies[0],
    slots: slotBodies,
    spoken: { start: spoken.start, end: spoken.end },
    stretch,
    seams: {
      click_db: seams.clickDb,
      loudness_lu: seams.loudnessLu,
      noise_floor_db: seams.noiseFloorDb,
    },
    warnings,
  };
  return JSON.stringify(figures).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
