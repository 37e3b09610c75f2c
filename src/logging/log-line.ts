/** One entry as pino writes it. */
export type LogEntry = {
  /** Pino's number: 10 trace … 60 fatal. */
  level: number;
  /** Milliseconds since 1970. */
  time: number;
  msg?: string;
  /** Id of the request that it belongs to. */
  reqId?: string;
  [field: string]: unknown;
};

export const INFO = 30;

/** The entry's level by its name in the published line format. */
export function levelName(level: number): string {
  if (level < INFO) return "DEBUG";
  if (level < 40) return "INFO";
  if (level < 50) return "WARNING";
  return level < 60 ? "ERROR" : "CRITICAL";
}

/**
 * `2025-12-24 10:30:45 - lumen - INFO - [request id] message {"other":"fields"}`, in local time; `-`
 * stands for no request. It is one line whatever the entry holds.
 */
export function logLine({ level, time, msg = "", reqId, ...fields }: LogEntry): string {
  const context = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
  const id = reqId === undefined || reqId === "" ? "-" : String(reqId);
  const text = `[${id}] ${msg}${context}`;
  return `${localTime(time)} - lumen - ${levelName(level)} - ${visible(text)}`;
}

function localTime(time: number): string {
  const at = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}

/** Control characters, line separators and marks that turn text around could forge a line. */
function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
