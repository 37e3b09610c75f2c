import { constants } from "node:fs";
import { copyFile, mkdir, readdir, symlink } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";
import type { EngineJob } from "./file-engine.ts";

/** A folder in which one run of a program works, with plain names in it. */
export type RunFolder = {
  path: string;
  /** Names of the inputs in it: `face.mp4` or `face.png`, and `sound.wav`. */
  face: string;
  audio: string;
  /** A folder for the program's own output, outside of where it works. */
  log: string;
};

/** What the result is called where a program lets us choose. */
export const MADE_FILE = "made.mp4";
/** A folder for results where it does not. */
export const MADE_FOLDER = "made";

/**
 * Makes the working folder of a run: the inputs under names that survive the unquoted shell commands
 * and the `split(".")` of research code, empty folders that the program writes to, and a link to
 * everything of its repository, which it looks for beside itself. So two runs never meet in a folder,
 * and no path of the operator's ever passes a shell.
 * @param folders Names of empty folders, such as `temp`, in place of the repository's.
 * @throws AppError FACE_FAILED when the repository cannot be read; DISK_FULL, OUTPUT_UNWRITABLE.
 */
export async function createRunFolder(
  job: EngineJob,
  { repo, folders = [] }: { repo: string; folders?: readonly string[] },
): Promise<RunFolder> {
  const path = join(job.folder, "run");
  const log = join(job.folder, "log");
  const face = `face${extname(job.face)}`;
  const audio = "sound.wav";
  const entries = await readdir(repo).catch((cause: unknown) => {
    const message = `the folder ${repo} cannot be read: check its path and permissions`;
    throw new AppError("FACE_FAILED", message, { cause });
  });
  const own = new Set([...folders, face, audio, MADE_FILE, MADE_FOLDER]);
  try {
    for (const folder of [path, log, ...folders.map((name) => join(path, name))]) {
      await mkdir(folder, { recursive: true });
    }
    await copyFile(job.face, join(path, face), constants.COPYFILE_FICLONE);
    await copyFile(job.audio, join(path, audio), constants.COPYFILE_FICLONE);
    for (const name of entries) {
      if (own.has(name) || name.startsWith(".")) continue;
      await symlink(resolve(repo, name), join(path, name));
    }
  } catch (thrown) {
    throw diskError(thrown, path);
  }
  return { path, face, audio, log };
}
