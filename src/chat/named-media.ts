import { AppError } from "../domain/app-error.ts";
import type { Caller } from "../domain/caller.ts";
import { type Assets, UPLOADS_FOLDER } from "./assets.ts";
import { type ChatFile, type FileFolder, isFileName } from "./file-folder.ts";

/** What the files are called in requests and answers, whatever folders the operator chose. */
export const OUTPUTS_PREFIX = "outputs/";
export const ASSETS_PREFIX = "assets/";

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u;

export type NamedMedia = {
  /**
   * The file that a request names: `outputs/…`, `assets/…` or an asset's id. Nothing else is looked at.
   * @param what For messages, such as "Audio file".
   * @throws AppError BAD_REQUEST, also for another tenant's asset.
   */
  find(caller: Caller, name: string, what: string): Promise<ChatFile>;
};

export function createNamedMedia({
  outputs,
  assets,
  uploads,
}: {
  outputs: FileFolder;
  assets: FileFolder;
  uploads: Pick<Assets, "get">;
}): NamedMedia {
  async function asset(caller: Caller, name: string): Promise<ChatFile | null> {
    if (!name.startsWith(`${UPLOADS_FOLDER}/`)) return assets.find(name);
    const id = name.slice(UPLOADS_FOLDER.length + 1).replace(/\.\w+$/u, "");
    const found = await uploads.get(caller, id).catch(() => null);
    return found?.file === name ? assets.find(name) : null;
  }

  return {
    async find(caller, name, what) {
      const inAssets = name.startsWith(ASSETS_PREFIX);
      const inOutputs = name.startsWith(OUTPUTS_PREFIX);
      const rest = name.slice(name.indexOf("/") + 1);
      const isId = UUID.test(name);
      if (!isId && !((inAssets || inOutputs) && isFileName(rest))) {
        throw new AppError(
          "BAD_REQUEST",
          `${what} not allowed: ${quoted(name)}; name a file as outputs/… or assets/…, or an uploaded asset by its id`,
        );
      }
      const known = isId ? await uploads.get(caller, name).catch(() => null) : null;
      const file = isId
        ? known && (await assets.find(known.file))
        : inOutputs
          ? await outputs.find(rest)
          : await asset(caller, rest);
      if (file) return file;
      throw new AppError("BAD_REQUEST", `${what} not found: ${name}`);
    },
  };
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
