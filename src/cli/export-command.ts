import type { Command } from "commander";
import { AppError } from "../domain/app-error.ts";
import { exportFiles, exportZip } from "../storage/export-outputs.ts";
import type { CommandContext } from "./program.ts";

export function addExportCommand(program: Command, { io, signal }: CommandContext): void {
  program
    .command("export")
    .description("write outputs that were kept as renditions out as files or as one ZIP")
    .argument("<folder>", "output folder of a campaign run with --keep renditions")
    .argument("[files...]", "outputs to write, such as Amit.mp4; all when left out")
    .option("--outdir <text>", "folder for the files")
    .option("--zip <text>", "ZIP file to write instead")
    .action(async (folder: string, files: string[], given: { outdir?: string; zip?: string }) => {
      const request = { folder, signal, ...(files.length > 0 ? { names: files } : {}) };
      const { outdir, zip } = given;
      if ((outdir === undefined) === (zip === undefined)) {
        throw new AppError("INVALID_OPTION", "give either --outdir FOLDER or --zip FILE");
      }
      const written =
        zip === undefined
          ? await exportFiles({ ...request, outdir: outdir ?? "" })
          : await exportZip({ ...request, zip });
      const target = zip ?? outdir;
      io.stdout.write(
        `Wrote ${written.files.length} outputs (${written.bytes} bytes) to ${target}\n`,
      );
    });
}
