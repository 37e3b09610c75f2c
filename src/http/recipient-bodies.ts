import { z } from "zod";
import { RECIPIENT_STATES, type RecipientRow } from "../ports/job-store.ts";
import { nextCursor, seconds } from "./field-schemas.ts";
import { pathOfJob } from "./job-bodies.ts";

export const recipientBody = z
  .object({
    row: z.int().describe("the row's number as the spreadsheet shows it"),
    name: z.string(),
    status: z.enum(RECIPIENT_STATES),
    reason: z.string().nullable().describe("why it was skipped or failed"),
    file: z.string().nullable().describe("the output's name in the ZIP"),
    slot: z
      .object({ start: z.number(), end: z.number() })
      .nullable()
      .describe("what was replaced, seconds of the base"),
    clip_seconds: z.number().nullable().describe("length of the name as it sounds"),
    stretch: z.number().nullable().describe("pace of the name; 1 is natural"),
    seams: z
      .object({
        click_db: z.number().describe("the loudest click at a joint, dB; good: at most -3"),
        loudness_lu: z.number().describe("the name against the rest, LU; good: at most 1"),
        noise_floor_db: z.number().describe("noise around the name against the rest, dB"),
      })
      .nullable(),
    size_bytes: z.int().nullable(),
    warnings: z.array(z.string()),
    media_url: z.string().nullable().describe("the output; null until it is done"),
    poster_url: z.string().nullable().describe("a picture of it; null for sound alone"),
  })
  .meta({ id: "Recipient" });

export const recipientListBody = z.object({
  recipients: z.array(recipientBody),
  next_cursor: nextCursor,
});

export const linkBody = z.object({
  url: z.string().describe("path and query below this server's address; no key is needed for it"),
  expires_at: seconds,
});

/** A row of a job's sheet as clients see it. */
export function recipientBodyOf(jobId: string, row: RecipientRow): z.infer<typeof recipientBody> {
  const { seams, slot } = row;
  const path = `${pathOfJob(jobId)}/recipients/${row.row}`;
  const isDone = row.state === "done";
  return {
    row: row.row,
    name: row.name,
    status: row.state,
    reason: row.reason || null,
    file: row.file || null,
    slot: slot && { start: slot.start, end: slot.end },
    clip_seconds: row.clipSeconds,
    stretch: row.stretch,
    seams: seams && {
      click_db: seams.clickDb,
      loudness_lu: seams.loudnessLu,
      noise_floor_db: seams.noiseFloorDb,
    },
    size_bytes: row.sizeBytes,
    warnings: row.warnings,
    media_url: isDone ? `${path}/media` : null,
    poster_url: isDone && row.file.endsWith(".mp4") ? `${path}/poster.jpg` : null,
  };
}
