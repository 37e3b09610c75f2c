import type { Command } from "commander";
import { z } from "zod";
import { createMedia } from "../app/local-campaign.ts";
import { makeTalkingPortrait, PORTRAIT_ANIMATORS, type Saying } from "../app/portraits.ts";
import { campaignOptionsSchema, FACE_PLACE } from "../campaign/campaign-options.ts";
import { facePlaceOf } from "../campaign/lip-sync-choice.ts";
import { withEnvFile } from "../config/env-file.ts";
import { readEnvironment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import type { CommandContext } from "./cli-io.ts";
import { createProgressBar, type ProgressBar } from "./progress-bar.ts";
import { addSchemaFlags, parseSchemaFlags } from "./schema-flags.ts";

const { ttsProvider, ttsCmd, voice, lang } = campaignOptionsSchema.shape;
const { elevenlabsVoiceId, elevenlabsModelId, elevenlabsSpeed } = campaignOptionsSchema.shape;

const optionsSchema = z.object({
  image: z
    .string()
    .optional()
    .describe("PNG, JPEG or WebP of one person from the front; the default avatar without"),
  face: z
    .string()
    .regex(FACE_PLACE, "give X,Y from 0,0 to 1,1, such as 0.25,0.4")
    .optional()
    .describe(
      "X,Y on the face that talks, 0..1 of the picture's width and height; the largest without",
    ),
  text: z.string().max(5000).optional().describe("what it says"),
  audio: z.string().optional().describe("sound file with what it says, instead of a text"),
  out: z.string().default("portrait.mp4").describe("the MP4 file to write"),
  fps: z.number().int().min(15).max(60).default(25).describe("frames a second"),
  size: z.number().int().min(128).max(2048).default(512).describe("longer side, pixels, even"),
  crop: z
    .enum(["face", "whole"])
    .default("face")
    .describe("a square around the face, or the whole picture"),
  animator: z
    .enum(PORTRAIT_ANIMATORS)
    .default("embedded")
    .describe("who makes it talk: what is built in, or an engine that is set up"),
  lang,
  voice,
  ttsProvider,
  ttsCmd,
  elevenlabsVoiceId,
  elevenlabsModelId,
  elevenlabsSpeed,
  json: z.boolean().default(false).describe("JSON on standard output"),
});

type Options = z.infer<typeof optionsSchema>;

export function addPortraitCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("portrait")
    .description("a video in which a still portrait says a text or a recording");
  addSchemaFlags(command, optionsSchema);
  command.action(async (given: Record<string, unknown>) => {
    await portrait(parseSchemaFlags(optionsSchema, given), context);
  });
}

async function portrait(options: Options, { io, signal }: CommandContext): Promise<void> {
  const { image = null, face, out, fps, size, crop, animator, json } = options;
  const saying = sayingOf(options);
  const environment = readEnvironment(withEnvFile(io.env));
  const media = createMedia(environment, 1);
  let bar: ProgressBar | null = null;
  let shown = 0;
  try {
    const video = await makeTalkingPortrait(
      { environment, media },
      { image, ...(face && { face: facePlaceOf(face) }), saying, animator, fps, size, crop, out },
      {
        signal,
        onFrame(made, all) {
          if (!io.stderr.isTTY || json) return;
          bar ??= createProgressBar(io.stderr, all);
          for (; shown < made; shown++) bar.advance();
        },
      },
    );
    const { duration, frames, width, height } = video;
    const told = { file: out, duration, frames, width, height, fps };
    endBar();
    io.stdout.write(
      json
        ? `${JSON.stringify(told)}\n`
        : `Created: ${out} (${width}×${height}, ${duration.toFixed(2)} s, ${frames} frames)\n`,
    );
  } finally {
    endBar();
    await media.close();
  }

  function endBar(): void {
    bar?.end();
    bar = null;
  }
}

function sayingOf({ text, audio, ...options }: Options): Saying {
  if (audio !== undefined && text === undefined) return { audio };
  if (text !== undefined && audio === undefined) {
    const chosen = campaignOptionsSchema.parse(options);
    return { text, choice: { options: chosen, apiKey: null, sample: null } };
  }
  throw new AppError(
    "INVALID_OPTION",
    "what the portrait says is missing or there twice: give either --text or --audio",
  );
}
