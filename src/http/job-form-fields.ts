import { type JobForm, jobFormSchema } from "../campaign/jobs/job-form.ts";
import { AppError } from "../domain/app-error.ts";
import { parseForm } from "./form-schema.ts";
import type { Texts } from "./text-fields.ts";

/**
 * What a form asks for a job.
 * @throws RequestInvalid; AppError BAD_REQUEST for platinum with markers that were emptied on purpose.
 */
export function parseJobForm(fields: Texts): JobForm {
  const form = parseForm(jobFormSchema, fields);
  // Everywhere else an empty field means its default; here the original API refused it.
  if (form.insertMode === "platinum" && fields["platinum_placeholders"]?.toString().trim() === "") {
    throw new AppError("BAD_REQUEST", "platinum_placeholders is required for platinum tier");
  }
  return form;
}
