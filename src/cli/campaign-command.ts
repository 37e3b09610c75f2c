import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import {
  createCampaignDependencies,
  createMedia,
  openOutputFolder,
  writeClips,
} from "../app/local-campaign.ts";
import { buildNameCache } from "../campaign/build-name-cache.ts";
import { type CampaignOptions, campaignOptionsSchema } from "../campaign/campaign-options.ts";
import type { CampaignOutput, CampaignRequest } from "../campaign/campaign-request.ts";
import { lipSyncWarnings } from "../campaign/lip-sync-choice.ts";
import { spokenNames } from "../campaign/names-master.ts";
import { runCampaign } from "../campaign/run-campaign.ts";
import { readEnvironment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import { createCampaignPrinter } from "./campaign-printer.ts";
import type { CommandContext } from "./cli-io.ts";
import { addIgnoredFlags, ignoredFlagWarnings } from "./ignored-flags.ts";
import { addSchemaFlags, parseSchemaFlags } from "./schema-flags.ts";
import { withTranscriptFile } from "./transcript-file.ts";

/** What concerns this run only, not how the outputs sound. */
const runOptionsSchema = z.object({
  video: z.string().optional().describe("the base: a video in which somebody speaks"),
  recipients: z.string().describe("CSV or XLSX with a header row and a column of names"),
  outdir: z.string().default("out").describe("folder for the outputs and report.csv"),
  keep: z
    .enum(["files", "renditions"])
    .default("files")
    .describe("whole files, or a few kilobytes per recipient, to be written out with `export`"),
  jobs: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(availableParallelism())
    .describe("recipients worked on at once"),
  lexicon: z
    .string()
    .optional()
    .describe("file with lines `written,spoken`: how words are pronounced"),
  nameCacheDir: z
    .string()
    .optional()
    .describe("folder of spoken names; with --tts-provider none, of your own recordings"),
  namesMasterOut: z
    .string()
    .optional()
    .describe("WAV file with all names one after another, to listen to; times in a .csv beside it"),
  nameGap: z
    .number()
    .min(0)
    .max(60)
    .default(0.4)
    .describe("names master: quiet between names, seconds"),
  voiceSample: z
    .string()
    .optional()
    .describe("recording of the speaker, whose voice ElevenLabs clones"),
  elevenlabsApiKey: z
    .string()
    .max(500)
    .optional()
    .describe("ElevenLabs key; better in the environment variable ELEVENLABS_API_KEY"),
  buildNameCache: z.boolean().default(false).describe("only speak the names into the cache"),
  dryRun: z.boolean().default(false).describe("show what would be made, and make nothing"),
  json: z.boolean().default(false).describe("one JSON object a line on standard output"),
});

/** Scripts of the original command line pass these empty when they have none. */
const SENT_EMPTY = [
  ...["elevenlabsApiKey", "elevenlabsVoiceId", "elevenlabsModelId", "voiceSample"],
  ...["wav2lipRepo", "wav2lipCheckpoint", "wav2lipPython"],
];

type RunOptions = z.infer<typeof runOptionsSchema>;

export function addCampaignCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("campaign")
    .description("one personalised audio or video per recipient");
  addSchemaFlags(command, runOptionsSchema);
  addSchemaFlags(command, campaignOptionsSchema);
  addIgnoredFlags(command);
  command.action(async (given: Record<string, unknown>) => {
    for (const flag of SENT_EMPTY) if (given[flag] === "") delete given[flag];
    const run = parseSchemaFlags(runOptionsSchema, given);
    const options = parseSchemaFlags(campaignOptionsSchema, await withTranscriptFile(given));
    context.setExitCode(await campaign(run, options, ignoredFlagWarnings(given), context));
  });
}

async function campaign(
  run: RunOptions,
  options: CampaignOptions,
  warnings: string[],
  { io, signal }: CommandContext,
): Promise<number> {
  const environment = readEnvironment(io.env);
  const printer = createCampaignPrinter(io, run);
  for (const message of warnings) printer.warn(message);
  const given = `--lip-sync-provider ${options.lipSyncProvider}`;
  for (const { code, message } of lipSyncWarnings(options, given)) printer.warn(message, code);
  const media = createMedia(environment, run.jobs);
  const dependencies = await createCampaignDependencies({
    environment,
    media,
    options,
    apiKey: run.elevenlabsApiKey ?? null,
    voiceSample: run.voiceSample,
    nameCacheDir: run.nameCacheDir,
    lexicon: run.lexicon,
  });
  const writeMaster = async (): Promise<void> => {
    if (run.namesMasterOut === undefined || run.dryRun) return;
    const names = spokenNames(dependencies, { recipients: run.recipients, options, signal });
    const file = run.namesMasterOut;
    await writeClips({ file, clips: names, gapSeconds: run.nameGap });
    printer.info(`All names one after another: ${file}`);
  };
  try {
    if (run.buildNameCache) {
      const { failed } = await buildNameCache(dependencies, {
        recipients: run.recipients,
        options,
        concurrency: run.jobs,
        signal,
        onSpoken: printer.spoken,
      });
      await writeMaster();
      printer.done();
      return failed > 0 ? 1 : 0;
    }
    const base = await requireVideo(run.video);
    const output = run.dryRun ? null : lazyOutput(run);
    try {
      const request: CampaignRequest = {
        base,
        recipients: run.recipients,
        options,
        openOutput: output?.open ?? null,
        // Two in flight per worker keep it busy while the other is being published.
        concurrency: 2 * run.jobs,
        signal,
        onEvent: printer.event,
      };
      const summary = await runCampaign(dependencies, request);
      if (summary.failed === 0) await output?.removeTemplates();
      await writeMaster();
      printer.finish(summary);
      return summary.failed > 0 ? 1 : 0;
    } finally {
      await output?.close();
    }
  } finally {
    printer.end();
    await Promise.all([dependencies.close(), media.close()]);
  }
}

/** The output folder, made when it is first asked for: a run that is refused leaves none behind. */
function lazyOutput({ outdir, keep }: RunOptions) {
  let folder: Awaited<ReturnType<typeof openOutputFolder>> | undefined;
  return {
    async open(): Promise<CampaignOutput> {
      folder = await openOutputFolder({ folder: outdir, keep });
      return { store: folder, templates: folder };
    },
    removeTemplates: async () => folder?.removeTemplates(),
    close: async () => folder?.close(),
  };
}

async function requireVideo(video: string | undefined): Promise<string> {
  if (video === undefined) {
    throw new AppError("INVALID_OPTION", "the base is missing: give it with --video FILE");
  }
  const found = await stat(video).catch(() => null);
  if (!found) throw new AppError("FILE_NOT_FOUND", `there is no file ${video}: check the path`);
  if (!found.isFile()) {
    throw new AppError(
      "FILE_NOT_FOUND",
      `${path.basename(video)} is not a file: give a video file`,
    );
  }
  return video;
}
