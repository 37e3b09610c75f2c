import { Command } from "commander";
import packageJson from "#package.json" with { type: "json" };
import { addCacheCommand } from "./cache-command.ts";
import { addCampaignCommand } from "./campaign-command.ts";
import { addChatCommand } from "./chat-command.ts";
import type { CliIo, CommandContext } from "./cli-io.ts";
import { addConvertCommand } from "./convert-command.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { addExportCommand } from "./export-command.ts";
import { addJobsCommand } from "./jobs-command.ts";
import { addKeysCommand } from "./keys-command.ts";
import { addPortraitCommand } from "./portrait-command.ts";
import { addServeCommands } from "./serve-command.ts";
import { addSlotsCommand } from "./slots-command.ts";
import { addVoicesCommand } from "./voices-command.ts";

export function createProgram(
  io: CliIo,
  signal: AbortSignal,
  setExitCode: (code: number) => void,
): Command {
  const program = new Command("vocative")
    .description("Makes a person on video speak to each recipient by name.")
    .version(packageJson.version)
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(oneLine(text.replace(/^error: /u, "Error: "))),
    })
    .showSuggestionAfterError()
    .exitOverride();
  const context: CommandContext = { io, signal, setExitCode };
  addCampaignCommand(program, context);
  addSlotsCommand(program, context);
  addPortraitCommand(program, context);
  addChatCommand(program, context);
  addExportCommand(program, context);
  addConvertCommand(program, context);
  addCacheCommand(program, context);
  addServeCommands(program, context);
  addJobsCommand(program, context);
  addKeysCommand(program, context);
  addVoicesCommand(program, context);
  addDoctorCommand(program, context);
  return program;
}

/** Its suggestion stands on a line of its own. */
function oneLine(text: string): string {
  return `${text.trim().replaceAll(/\s*\n\s*/gu, " ")}\n`;
}
