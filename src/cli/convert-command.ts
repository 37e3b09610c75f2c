import { rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { createMedia, partFileBeside } from "../app/local-campaign.ts";
import { readEnvironment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import { diskError } from "../domain/disk-error.ts";
import type { CommandContext } from "./cli-io.ts";
import { addSchemaFlags, parseSchemaFlags } from "./schema-flags.ts";

const PRESETS = [
  ...["ultrafast", "superfast", "veryfast", "faster", "fast"],
  ...["medium", "slow", "slower", "veryslow"],
] as const;

const convertOptionsSchema = z.object({
  video: z.string().describe("the file to convert"),
  out: z.string().default("converted.mp4").describe("the MP4 file to write"),
  crf: z.number().int().min(0).max(51).default(20).describe("x264 quality, lower is better"),
  preset: z.enum(PRESETS).default("medium").describe("x264 speed"),
  audioBitrate: z
    .string()
    .regex(/^\d+(\.\d+)?k?$/iu, "give bits a second, such as 160k")
    .default("160k")
    .describe("of the AAC track"),
});

export function addConvertCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("convert")
    .description("any supported video as a web-ready MP4 (H.264, AAC)");
  addSchemaFlags(command, convertOptionsSchema);
  command.action(async (given: Record<string, unknown>) => {
    const options = parseSchemaFlags(convertOptionsSchema, given);
    await convert(options, context);
  });
}

async function convert(
  options: z.infer<typeof convertOptionsSchema>,
  { io, signal }: CommandContext,
): Promise<void> {
  const { video, out, crf, preset } = options;
  await requireFolder(out);
  const part = await partFileBeside(out);
  const media = createMedia(readEnvironment(io.env), 1);
  try {
    const audioBitRate = parseBitRate(options.audioBitrate);
    const info = await media.convert(
      { input: video, output: part, crf, preset, audioBitRate },
      { signal },
    );
    await rename(part, out).catch((cause: unknown) => {
      throw diskError(cause, out);
    });
    io.stdout.write(`Created: ${out} (${info.duration.toFixed(2)} s, ${info.sizeBytes} bytes)\n`);
  } finally {
    await media.close();
    await rm(part, { force: true });
  }
}

async function requireFolder(out: string): Promise<void> {
  const folder = path.dirname(path.resolve(out));
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory()) return;
  throw new AppError(
    "OUTPUT_UNWRITABLE",
    `there is no folder ${folder}: make it or choose another`,
  );
}

/** `160k` or `160000` as bits a second. */
function parseBitRate(text: string): number {
  const bits = Number.parseFloat(text) * (/k$/iu.test(text) ? 1000 : 1);
  if (bits >= 8000 && bits <= 512_000) return bits;
  throw new AppError("INVALID_OPTION", `--audio-bitrate ${text}: give 8k to 512k`);
}
