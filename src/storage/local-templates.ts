import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { diskError, errorCodeOf } from "../domain/disk-error.ts";
import type { TemplateShelf } from "../ports/output-archive.ts";
import { TEMPLATE_ID } from "./output-layout.ts";
import { partName, removeAbandoned, removeFolder } from "./part-name.ts";

export type LocalTemplates = TemplateShelf & {
  /** Deletes what killed processes left half-compiled; work of running ones stays. */
  removeAbandonedParts(): Promise<number>;
};

/** Templates in folders of their own, `<root>/<id>`. Several processes may use one root. */
export function createLocalTemplates(options: { root: string }): LocalTemplates {
  const root = resolve(options.root);
  const folderOf = (id: string): string => {
    if (!TEMPLATE_ID.test(id)) {
      throw new AppError("INTERNAL", `${JSON.stringify(id)} is no id of a template`);
    }
    return join(root, id);
  };
  return {
    templateFolder: folderOf,
    templatePartFolder: (id) => partName(folderOf(id)),
    async remove(id) {
      const folder = folderOf(id);
      await removeFolder(folder).catch((cause: unknown) => {
        throw diskError(cause, folder);
      });
    },
    async list() {
      const names = await readdir(root).catch((cause: unknown) => {
        if (errorCodeOf(cause) === "ENOENT") return [];
        throw new AppError("FILE_UNREADABLE", `${root} cannot be read`, { cause });
      });
      const found: { id: string; modifiedAt: number }[] = [];
      for (const id of names) {
        if (!TEMPLATE_ID.test(id)) continue;
        const stats = await stat(join(root, id)).catch(() => null); // It was removed at this moment.
        if (stats?.isDirectory()) found.push({ id, modifiedAt: Math.floor(stats.mtimeMs) });
      }
      return found;
    },
    removeAbandonedParts: () => removeAbandoned(root, { foreign: true }),
  };
}
