import { z } from "zod";

/** Fields that several routes take, and shapes that several answers have. */

export const jobIdSchema = z.object({ job_id: z.string().describe("id of the job") });

export const rowSchema = jobIdSchema.extend({
  row: z.number().int().min(1).describe("the row's number as the spreadsheet shows it"),
});

export const pageQuery = z.object({
  cursor: z.string().max(500).optional().describe("next_cursor of the page before"),
  limit: z.number().int().min(1).max(200).default(50).describe("entries at most"),
});

export const nextCursor = z.string().nullable().describe("ask for the next page with it");

/** Epoch seconds, as clients of the original API know times. */
export const seconds = z.number().describe("seconds since 1970");

export function toSeconds(ms: number): number {
  return ms / 1000;
}

/** A body that is a file. */
export const fileSchema = z.any().meta({ type: "string", format: "binary" });
