import path from "node:path";
import { type Logger as PinoLogger, pino } from "pino";
import type { Clock } from "../ports/clock.ts";
import { INFO, type LogEntry, levelName, logLine } from "./log-line.ts";
import { redactSecrets, redactText } from "./redact-secrets.ts";
import { createRotatedFile } from "./rotated-file.ts";

const FILE_NAME = "lumen.log";
const MAX_FILE_BYTES = 10 * 2 ** 20;
const KEPT_FILES = 5;

export type LoggerOptions = {
  /** Where lumen.log is written. */
  folder: string;
  /** How the console's lines are written; the file's are always text. */
  format: "text" | "json";
  console: { write(text: string): unknown };
  clock: Clock;
  /** When to put lumen.log aside, 10 MB when left out. */
  maxFileBytes?: number;
};

/**
 * A pino logger (Fastify takes it, and so does whoever wants a `Logger`) that writes INFO and above to
 * the console and all of it to lumen.log. No secret reaches either (see `redactSecrets`), no entry
 * makes more than one line, and a full disk stops nothing.
 */
export function createLogger(options: LoggerOptions): { logger: PinoLogger; close(): void } {
  const file = createRotatedFile({
    file: path.join(options.folder, FILE_NAME),
    maxBytes: options.maxFileBytes ?? MAX_FILE_BYTES,
    keep: KEPT_FILES,
    clock: options.clock,
  });

  function write(text: string): void {
    // The fields that pino writes into every entry.
    const entry = redactSecrets(JSON.parse(text)) as LogEntry;
    const line = redactText(logLine(entry));
    file.write(line);
    if (entry.level < INFO) return;
    try {
      options.console.write(`${options.format === "json" ? jsonLine(entry) : line}\n`);
    } catch {
      // Nobody reads the console any more.
    }
  }

  const logger = pino(
    { level: "trace", base: null, timestamp: () => `,"time":${options.clock()}` },
    { write },
  );
  return { logger, close: () => file.close() };
}

function jsonLine({ level, time, msg, ...fields }: LogEntry): string {
  return JSON.stringify({
    time: new Date(time).toISOString(),
    level: levelName(level),
    message: msg,
    ...fields,
  });
}
