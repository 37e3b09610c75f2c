import { z } from "zod";
import { campaignOptionsSchema, SPEECH_PROVIDERS } from "../campaign-options.ts";

/**
 * What a client may ask for when it creates a job: the campaign's options and what the published
 * contract adds. HTTP derives its form fields from it, in snake_case.
 */
export const jobFormSchema = campaignOptionsSchema
  .omit({ keepVideo: true, transcript: true, lipSyncCmd: true })
  .extend({
    baseTranscript: campaignOptionsSchema.shape.transcript,
    ttsProvider: z.enum(SPEECH_PROVIDERS).default("gtts").describe("who speaks the names"),
    ttsCmd: z
      .string()
      .optional()
      .describe("only a command that the operator configured; else 400 OPERATOR_ONLY_OPTION"),
    templateId: z
      .string()
      .max(100)
      .optional()
      .describe("a base that POST /templates compiled, instead of base_video"),
    elevenlabsApiKey: z.string().max(500).optional().describe("never stored in clear"),
    lipSyncProvider: campaignOptionsSchema.shape.lipSyncProvider.describe(
      "who moves the speaker's mouth; ignored with a warning for silver and gold",
    ),
    wav2lipRepo: z.string().optional().describe("only a folder that the operator configured"),
    wav2lipCheckpoint: z.string().optional().describe("only a file that the operator configured"),
    wav2lipPython: z.string().optional().describe("only a program that the operator configured"),
    convertMov: z.boolean().default(false).describe("MOV to MP4 before processing"),
    consentSpeaker: z.string().max(200).optional().describe("whose voice the sample holds"),
    consentScope: z.string().max(1000).optional().describe("what the speaker agreed to"),
  });

export type JobForm = z.infer<typeof jobFormSchema>;
