import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { AppError } from "../domain/app-error.ts";

/**
 * `variables` with those of a `.env` file added; a variable that is there already wins, even empty.
 * @throws AppError FILE_UNREADABLE; that there is no such file is no error.
 */
export function withEnvFile(variables: NodeJS.ProcessEnv, file = ".env"): NodeJS.ProcessEnv {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    // Thrown by Node, it has a code.
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR") return variables;
    throw new AppError("FILE_UNREADABLE", `${file} cannot be read: make it readable or remove it`, {
      cause,
    });
  }
  return { ...parseEnv(text), ...variables };
}
