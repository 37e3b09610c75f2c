import type { Command } from "commander";
import { z } from "zod";
import { createMedia } from "../app/local-campaign.ts";
import { listVoices, sayToFile } from "../app/try-voice.ts";
import { campaignOptionsSchema } from "../campaign/campaign-options.ts";
import { withEnvFile } from "../config/env-file.ts";
import { readEnvironment } from "../config/environment.ts";
import type { CommandContext } from "./cli-io.ts";
import { addSchemaFlags, parseSchemaFlags } from "./schema-flags.ts";
import { table } from "./table.ts";

const { ttsProvider, ttsCmd, voice, lang } = campaignOptionsSchema.shape;
const { elevenlabsVoiceId, elevenlabsModelId, elevenlabsSpeed } = campaignOptionsSchema.shape;

const optionsSchema = z.object({
  ttsProvider,
  lang: lang.unwrap().optional().describe("only voices of this language; the language of --say"),
  say: z.string().max(5000).optional().describe("speak this instead of listing voices"),
  out: z.string().default("voice.wav").describe("the WAV file to write what is said to"),
  voice,
  ttsCmd,
  elevenlabsVoiceId,
  elevenlabsModelId,
  elevenlabsSpeed,
  json: z.boolean().default(false).describe("JSON on standard output"),
});

export function addVoicesCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("voices")
    .description("the voices of a provider, and how one sounds");
  addSchemaFlags(command, optionsSchema);
  command.action(async (given: Record<string, unknown>) => {
    const { say, out, json, lang, ...voice } = parseSchemaFlags(optionsSchema, given);
    const { io, signal } = context;
    const environment = readEnvironment(withEnvFile(io.env));
    const media = createMedia(environment, 1);
    const options = campaignOptionsSchema.parse({ ...voice, ...(lang && { lang }) });
    const setup = { environment, media, signal, choice: { options, apiKey: null, sample: null } };
    try {
      if (say !== undefined) {
        const speech = await sayToFile(setup, { text: say, file: out });
        const seconds = speech.audio.samples.length / speech.audio.sampleRate;
        for (const { message } of speech.warnings) io.stderr.write(`Warning: ${message}\n`);
        const told = { file: out, voice: speech.voice, seconds };
        io.stdout.write(
          json ? `${JSON.stringify(told)}\n` : `${out}: ${speech.voice}, ${seconds.toFixed(2)} s\n`,
        );
        return;
      }
      const voices = await listVoices(setup);
      const wanted = voices.filter(
        ({ languages }) => lang === undefined || speaks(languages, lang),
      );
      if (json) {
        io.stdout.write(`${JSON.stringify(wanted)}\n`);
        return;
      }
      const rows = wanted.map(({ id, name, languages }) => [id, name, languages.join(" ")]);
      io.stdout.write(table(["voice", "name", "languages"], rows));
      io.stderr.write(`${rows.length} voices. Hear one: vocative voices --voice ID --say TEXT\n`);
    } finally {
      await media.close();
    }
  });
}

/** Whether one of the languages is the wanted one, or a variety of it; none named means any. */
function speaks(languages: readonly string[], wanted: string): boolean {
  const first = (tag: string) => tag.toLowerCase().split("-")[0];
  return languages.length === 0 || languages.some((tag) => first(tag) === first(wanted));
}
