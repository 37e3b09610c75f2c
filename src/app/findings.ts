/** What was found out about one thing that the program can use. */
export type Finding = {
  area: "system" | "voice" | "recognition" | "face" | "gpu";
  name: string;
  /** `ready`; `unset`: nobody set it up, which is fine; `broken`: it is set up, or needed, and does not work. */
  state: "ready" | "unset" | "broken";
  /** What it is, or why it does not work. */
  detail: string;
  /** What to do about it; empty when there is nothing to do. */
  remedy: string;
};

export type Check = Pick<Finding, "area" | "name"> & {
  run(signal: AbortSignal): Promise<Pick<Finding, "state" | "detail" | "remedy">>;
};

export function ready(detail: string) {
  return { state: "ready" as const, detail, remedy: "" };
}

export function unset(detail: string, remedy: string) {
  return { state: "unset" as const, detail, remedy };
}

export function broken(detail: string, remedy: string) {
  return { state: "broken" as const, detail, remedy };
}
