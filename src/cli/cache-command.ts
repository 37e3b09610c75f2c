import type { Command } from "commander";
import { clearNameCache } from "../app/voices.ts";
import { readEnvironment } from "../config/environment.ts";
import type { CommandContext } from "./cli-io.ts";

export function addCacheCommand(program: Command, { io }: CommandContext): void {
  const cache = program.command("cache").description("the spoken names that are kept");
  cache
    .command("clear")
    .description("remove all spoken names from the cache")
    .option("--name-cache-dir <text>", "the cache, where it is not in the data folder")
    .option("--json", "print a JSON object")
    .action(async (given: { nameCacheDir?: string; json?: boolean }) => {
      const environment = readEnvironment(io.env);
      const cleared = await clearNameCache(environment, given.nameCacheDir);
      const { clearedDir, removedFiles, removedDirs } = cleared;
      io.stdout.write(
        given.json
          ? `${JSON.stringify({ status: "ok", cleared_dir: clearedDir, removed_files: removedFiles, removed_dirs: removedDirs })}\n`
          : `Removed ${removedFiles} files and ${removedDirs} folders from ${clearedDir}\n`,
      );
    });
}
