import { z } from "zod";
import { TIERS } from "../../domain/tier.ts";
import { campaignOptionsSchema, SPEECH_PROVIDERS } from "../campaign-options.ts";

export const LIP_SYNC_PROVIDERS = ["none", "wav2lip", "sync_api"] as const;

/**
 * What a client may ask for when it creates a job: the campaign's options and what the published
 * contract adds. HTTP derives its form fields from it, in snake_case.
 */
export const jobFormSchema = campaignOptionsSchema
  .omit({ keepVideo: true, transcript: true })
  .extend({
    baseTranscript: campaignOptionsSchema.shape.transcript,
    insertMode: z.enum(TIERS).default("silver").describe("what is changed for each recipient"),
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
    lipSyncProvider: z
      .enum(LIP_SYNC_PROVIDERS)
      .default("none")
      .describe("ignored with a warning for silver and gold"),
    wav2lipRepo: z.string().optional().describe("only a folder that the operator configured"),
    wav2lipCheckpoint: z.string().optional().describe("only a file that the operator configured"),
    wav2lipPython: z.string().optional().describe("only a program that the operator configured"),
    wav2lipPads: z
      .string()
      .regex(/^\s*-?\d+(\s+-?\d+){3}\s*$/u, "give four whole numbers: top bottom left right")
      .default("0 10 0 0")
      .describe("top bottom left right, pixels"),
    diamondNaturalName: z.boolean().default(true).describe("natural speed, no forced fit"),
    diamondGapSeconds: z.number().min(0).max(60).default(0.12).describe("quiet after the name"),
    platinumPlaceholders: z.string().max(1000).default("NAME1,NAME2").describe("markers in order"),
    convertMov: z.boolean().default(false).describe("MOV to MP4 before processing"),
    consentSpeaker: z.string().max(200).optional().describe("whose voice the sample holds"),
    consentScope: z.string().max(1000).optional().describe("what the speaker agreed to"),
  });

export type JobForm = z.infer<typeof jobFormSchema>;
