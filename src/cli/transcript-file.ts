import { readFile } from "node:fs/promises";
import { AppError } from "../domain/app-error.ts";

/**
 * Replaces `--transcript @FILE` among a command's flags by what the file says, UTF-8.
 * @throws AppError FILE_NOT_FOUND.
 */
export async function withTranscriptFile(
  given: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { transcript } = given;
  if (typeof transcript !== "string" || !transcript.startsWith("@")) return given;
  const file = transcript.slice(1);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError("FILE_NOT_FOUND", `the transcript ${file} cannot be read: check the path`, {
      cause,
    });
  });
  return { ...given, transcript: text.replace(/^\ufeff/u, "").trim() };
}
