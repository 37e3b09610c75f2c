import { readFileSync } from "node:fs";
import path from "node:path";

/** A form as a client sends it: text fields, and files by their path. */
export type JobFields = Record<string, string | { file: string }>;

export function formOf(fields: JobFields): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, new Blob([readFileSync(value.file)]), path.basename(value.file));
  }
  return form;
}

export type Answer = { status: number; headers: Headers; body: Record<string, unknown> };

/** Sends a request whose answer is JSON. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body };
}

export function post(url: string, fields: JobFields, headers: Record<string, string> = {}) {
  return ask(url, { method: "POST", body: formOf(fields), headers });
}

/** Follows a job's events to its end, and returns the job. */
export async function jobEnd(
  url: string,
  id: string,
  headers: Record<string, string> = {},
): Promise<Answer["body"]> {
  const events = await fetch(`${url}/jobs/${id}/events`, { headers });
  await events.text();
  return (await ask(`${url}/jobs/${id}`, { headers })).body;
}

/** The id of what a request created. @throws Error with the answer when it was refused. */
export function idOf({ status, body }: Answer): string {
  const id = body["job_id"] ?? body["template_id"] ?? body["id"];
  if (status >= 300 || typeof id !== "string") throw new Error(`${status} ${JSON.stringify(body)}`);
  return id;
}
