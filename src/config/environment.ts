import path from "node:path";
import { z } from "zod";
import { AppError } from "../domain/app-error.ts";

const schema = z.object({
  /** Where data and caches live when a command does not say otherwise. */
  VIDX_DATA_DIR: z.string().min(1).default("backend_data"),
  /** Media worker processes; one per core when not given. */
  VOCATIVE_MEDIA_WORKERS: z.coerce.number().int().min(1).max(64).optional(),
  /** Memory at which a media worker is ended, megabytes. */
  VOCATIVE_MEDIA_MEMORY_MB: z.coerce.number().int().min(256).default(1536),
  /** A speech command that takes longer for one text is ended, milliseconds. */
  VOCATIVE_TTS_TIMEOUT_MS: z.coerce.number().int().min(100).default(60_000),
});

export type Environment = {
  dataDir: string;
  mediaWorkers: number | undefined;
  mediaMemoryBytes: number;
  ttsTimeoutMs: number;
};

/**
 * The one reader of the process environment. An empty variable counts as not set.
 * @throws AppError INVALID_OPTION that names every invalid variable at once.
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join(".")}: ${issue.message}`,
    );
    throw new AppError("INVALID_OPTION", `environment: ${problems.join("; ")}`);
  }
  const { data } = parsed;
  return {
    dataDir: path.resolve(data.VIDX_DATA_DIR),
    mediaWorkers: data.VOCATIVE_MEDIA_WORKERS,
    mediaMemoryBytes: data.VOCATIVE_MEDIA_MEMORY_MB * 2 ** 20,
    ttsTimeoutMs: data.VOCATIVE_TTS_TIMEOUT_MS,
  };
}
