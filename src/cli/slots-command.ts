import type { Command } from "commander";
import { z } from "zod";
import { createMedia } from "../app/local-campaign.ts";
import { createSlotTools } from "../app/slot-tools.ts";
import { campaignOptionsSchema } from "../campaign/campaign-options.ts";
import { findSlots } from "../campaign/find-slots.ts";
import { withEnvFile } from "../config/env-file.ts";
import { readEnvironment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import { describeSlot } from "./campaign-printer.ts";
import type { CommandContext } from "./cli-io.ts";
import { addSchemaFlags, parseSchemaFlags } from "./schema-flags.ts";
import { withTranscriptFile } from "./transcript-file.ts";

const { transcript, spokenName, lang, namePosition } = campaignOptionsSchema.shape;
const { silenceDb, silenceDur, goldDetectSilenceDur } = campaignOptionsSchema.shape;

const optionsSchema = z.object({
  video: z.string().describe("the base: a video in which somebody speaks"),
  transcript: transcript.describe(`${transcript.description}; @FILE reads it from a file`),
  spokenName,
  markers: z
    .string()
    .optional()
    .describe("what the base says in the places that are replaced, in order: NAME1,NAME2"),
  lang: lang.describe("language of the base, such as hi, en, pt-br"),
  namePosition,
  silenceDb,
  silenceDur,
  goldDetectSilenceDur,
  json: z.boolean().default(false).describe("JSON on standard output"),
});

/** Shows where names would go, without a campaign. */
export function addSlotsCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("slots")
    .description("where a base says what would be replaced, how that was found and how sure it is");
  addSchemaFlags(command, optionsSchema);
  command.action(async (flags: Record<string, unknown>) => {
    const given = parseSchemaFlags(optionsSchema, await withTranscriptFile(flags));
    const { video, markers, json, ...options } = given;
    const { io, signal } = context;
    const environment = readEnvironment(withEnvFile(io.env));
    const words = markers === undefined ? null : markersOf(markers);
    const media = createMedia(environment, 1);
    const tools = createSlotTools(environment, media);
    try {
      const { slots } = await findSlots(tools, {
        base: video,
        options: campaignOptionsSchema.parse(options),
        markers: words,
        call: { signal },
        onWarning: ({ message }) => io.stderr.write(`Warning: ${message}\n`),
      });
      if (json) {
        const told = slots.map((slot, i) => ({ marker: words?.[i] ?? null, ...slot }));
        io.stdout.write(`${JSON.stringify(told)}\n`);
        return;
      }
      for (const [i, slot] of slots.entries()) {
        io.stdout.write(`${words?.[i] ?? "Slot"}: ${describeSlot(slot)}\n`);
      }
    } finally {
      await Promise.all([tools.close(), media.close()]);
    }
  });
}

function markersOf(list: string): string[] {
  const markers = list.split(",").map((marker) => marker.trim());
  if (markers.every((marker) => marker !== "")) return markers;
  throw new AppError(
    "INVALID_OPTION",
    `--markers ${JSON.stringify(list)} has an empty marker: give words with commas between, such as NAME1,NAME2`,
  );
}
