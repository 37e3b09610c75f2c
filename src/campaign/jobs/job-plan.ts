import { z } from "zod";
import { SLOT_SOURCES } from "../../domain/slot.ts";
import type { Template } from "../../domain/template.ts";
import { type CampaignOptions, campaignOptionsSchema } from "../campaign-options.ts";
import type { CampaignPlan } from "../plan-campaign.ts";

/** What a job, or a base template, keeps of what was found out about its base. */
export type JobPlan = CampaignPlan & {
  /** The compiled template; null until it was compiled. */
  template: Template | null;
};

const interval = z.object({ start: z.number(), end: z.number() });

const template = z.object({
  id: z.string(),
  mediaType: z.enum(["video/mp4", "audio/mpeg"]),
  folder: z.string(),
  file: z.string(),
  sizeBytes: z.number(),
  duration: z.number(),
  sampleRate: z.number(),
  lengthStep: z.number(),
  stretches: z.array(
    interval
      .extend({
        file: z.string(),
        width: z.number(),
        height: z.number(),
        frames: z.number(),
        cuts: z.array(z.number()),
        maxBytes: z.number(),
      })
      .nullable(),
  ),
  audio: z.enum(["base", "encoded"]),
  video: z.enum(["base", "encoded", "none"]),
});

const planSchema: z.ZodType<JobPlan> = z.object({
  slots: z
    .array(
      z.object({
        slot: interval.extend({
          room: interval,
          foundBy: z.enum(SLOT_SOURCES),
          confidence: z.number(),
        }),
        editable: interval.extend({ growable: z.boolean() }),
        pictures: interval.nullable(),
      }),
    )
    .min(1),
  templateId: z.string(),
  template: template.nullable(),
});

/**
 * A stored plan; null when there is none, or when another version of the program stored it in a form
 * that is no longer known: it is then made anew.
 */
export function storedPlan(stored: Record<string, unknown> | null): JobPlan | null {
  return planSchema.safeParse(stored).data ?? null;
}

/** The options a job was created with. */
export function storedOptions(stored: Record<string, unknown>): CampaignOptions {
  return campaignOptionsSchema.parse(stored);
}
