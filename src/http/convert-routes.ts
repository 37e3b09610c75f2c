import { z } from "zod";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { callerOf } from "./caller-of.ts";
import { fileSchema } from "./field-schemas.ts";
import type { ZodApp } from "./http-plugin.ts";
import { receiveForm, type UploadLimits } from "./multipart-intake.ts";
import { missing, RequestInvalid } from "./request-invalid.ts";
import { sendFile } from "./send-file.ts";
import { parseTexts } from "./text-fields.ts";

/** x264's, from the fastest to the smallest file. */
const PRESETS = [
  ...["ultrafast", "superfast", "veryfast", "faster", "fast"],
  ...["medium", "slow", "slower", "veryslow", "placebo"],
] as const;

const convertSchema = z.object({
  crf: z.number().int().min(0).max(51).default(20).describe("picture quality; lower is better"),
  preset: z.enum(PRESETS).default("medium").describe("how much time is spent on a smaller file"),
  audio_bitrate: z
    .string()
    .regex(/^\d+k$/u, "Give kilobits a second, such as 160k")
    .refine((text) => Number.parseInt(text, 10) >= 32 && Number.parseInt(text, 10) <= 512, {
      message: "Input should be from 32k to 512k",
    })
    .default("160k")
    .describe("kilobits a second, 32k to 512k"),
});

/** `POST /convert`; in a scope of its own that takes multipart forms. */
export function addConvertRoute(
  app: ZodApp,
  { service, limits }: { service: CampaignService; limits: UploadLimits },
): void {
  app.route({
    method: "POST",
    url: "/convert",
    config: {
      scope: "write",
      form: convertSchema.extend({ base_video: fileSchema.describe("what is converted") }),
      answers: { 200: ["video/mp4"] },
    },
    schema: {
      tags: ["convert"],
      summary: "A video as H.264 and AAC that every browser plays",
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const file = await receiveForm(request, reply, {
        files: ["base_video"],
        limits,
        open: (expectedBytes) => service.conversions.upload(caller, expectedBytes),
        use: ({ upload, fields, signal }) => {
          const { crf, preset, audio_bitrate } = parseTexts(convertSchema, fields, "body");
          if (!upload.files.has("base_video")) {
            throw new RequestInvalid([missing("body", "base_video")]);
          }
          const audioBitRate = Number.parseInt(audio_bitrate, 10) * 1000;
          return service.conversions.create(
            caller,
            { form: { crf, preset, audioBitRate }, upload },
            { signal },
          );
        },
      });
      return sendFile(request, reply, file, {
        disposition: "attachment",
        name: "converted.mp4",
      });
    },
  });
}
