import type { Command } from "commander";
import { exportOutputs } from "../app/local-campaign.ts";
import { AppError } from "../domain/app-error.ts";
import type { CommandContext } from "./cli-io.ts";

type Target = { outdir?: string; zip?: string };

export function addExportCommand(program: Command, { io, signal }: CommandContext): void {
  program
    .command("export")
    .description("write outputs that were kept as renditions out as files or as one ZIP")
    .argument("<folder>", "output folder of a campaign run with --keep renditions")
    .argument("[files...]", "outputs to write, such as Amit.mp4; all when left out")
    .option("--outdir <text>", "folder for the files")
    .option("--zip <text>", "ZIP file to write instead")
    .action(async (folder: string, files: string[], given: Target) => {
      const request = { folder, signal, ...(files.length > 0 ? { names: files } : {}) };
      const target = targetOf(given);
      const written = await exportOutputs(request, target);
      const where = "zip" in target ? target.zip : target.outdir;
      io.stdout.write(
        `Wrote ${written.files.length} outputs (${written.bytes} bytes) to ${where}\n`,
      );
    });
}

function targetOf({ outdir, zip }: Target): { outdir: string } | { zip: string } {
  if (zip !== undefined && outdir === undefined) return { zip };
  if (outdir !== undefined && zip === undefined) return { outdir };
  throw new AppError("INVALID_OPTION", "give either --outdir FOLDER or --zip FILE");
}
