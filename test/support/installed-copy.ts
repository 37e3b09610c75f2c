import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * This program as it lies where an operator has installed further packages beside its own ones.
 * @param packages Folders with packages in them, such as a `node_modules`.
 * @returns The path of its entry.
 */
export function installedCopy(folder: string, packages: readonly string[]): string {
  const modules = path.join(folder, "node_modules");
  mkdirSync(modules, { recursive: true });
  cpSync(path.join(ROOT, "src"), path.join(folder, "src"), {
    recursive: true,
    filter: (file) => !/\.test\.ts$/u.test(file),
  });
  cpSync(path.join(ROOT, "package.json"), path.join(folder, "package.json"));
  const installed = new Set<string>();
  for (const from of [path.join(ROOT, "node_modules"), ...packages]) {
    for (const name of readdirSync(from)) {
      if (installed.has(name) || name.startsWith(".")) continue;
      installed.add(name);
      symlinkSync(path.join(from, name), path.join(modules, name));
    }
  }
  return path.join(folder, "src", "main.ts");
}
