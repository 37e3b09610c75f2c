import { createHash } from "node:crypto";
import { AppError, toAppError } from "../../domain/app-error.ts";
import type { Caller } from "../../domain/caller.ts";
import type { Job } from "../../domain/job.ts";
import { recipientsOf } from "../../domain/recipient.ts";
import type { Upload, UploadedFile } from "../../domain/upload.ts";
import type { Warning } from "../../domain/warning.ts";
import type { CampaignOptions } from "../campaign-options.ts";
import { nameCheckFor } from "../check-name.ts";
import { recipientOptions } from "../recipient-options.ts";
import { speechRequests } from "../speech-request.ts";
import type { VoiceChoice } from "../voice-choice.ts";
import { baseOf, inTermsOf, planAtOnce, templateFor } from "./base-source.ts";
import { consentFor } from "./consent.ts";
import type { JobForm } from "./job-form.ts";
import { prepareTask } from "./job-tasks.ts";
import { sampleFrom } from "./job-voice.ts";
import { readForm } from "./read-form.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<
  ServiceDependencies,
  | "jobs"
  | "bases"
  | "queue"
  | "objects"
  | "media"
  | "sheets"
  | "voiceFor"
  | "reference"
  | "recognizer"
  | "secrets"
  | "policy"
>;

/**
 * Checks everything about a job that can be checked while its sender waits, and queues it.
 * @throws AppError of the form, the sheet or the base; then nothing of it is kept.
 */
export async function createJob(
  dependencies: Dependencies,
  request: {
    caller: Caller;
    form: JobForm;
    upload: Upload;
    idempotencyKey: string | null;
    signal: AbortSignal;
  },
): Promise<Job> {
  const { jobs, queue, objects, secrets, policy } = dependencies;
  const { caller, form, upload, idempotencyKey, signal } = request;
  const sheet = requireFile(upload, "recipients");
  const sample = upload.files.get("voice_sample");
  const { options, warnings } = readForm(form, { hasVoiceSample: sample !== undefined }, policy);
  const mustBeExplicit = policy.requireConsent;
  const consent = sample ? consentFor(sample, form, { caller, mustBeExplicit }) : null;
  nameCheckFor(options, dependencies);
  const template = await templateFor(dependencies, caller, form);
  const base = baseOf(upload, template);
  await checkSheet(dependencies, sheet, options, signal);
  const choice: VoiceChoice = {
    options,
    apiKey: form.elevenlabsApiKey ?? null,
    sample: sample ? sampleFrom(objects, { key: sample.key, hash: sample.sha256 }) : null,
  };
  await requireVoice(dependencies, choice, signal);
  const plan = await planAtOnce(dependencies, {
    base,
    options,
    template,
    signal,
    onWarning: (warning: Warning) => warnings.push(warning),
  });
  const { job, created } = await jobs.create(
    {
      id: upload.id,
      tenant: caller.tenant,
      base,
      sheet: sheet.key,
      options,
      plan: plan && { template: null, ...plan },
      keeps: policy.keeps,
      warnings,
      consent,
      sealedKey: sealedKeyOf(form, upload.id, secrets),
    },
    idempotencyKey === null
      ? undefined
      : { key: idempotencyKey, fingerprint: fingerprintOf(form, upload) },
  );
  if (created) {
    upload.keep();
    await queue.enqueue([prepareTask({ jobId: job.id, round: job.round })]);
  } else {
    await upload.discard();
  }
  return job;
}

export function requireFile(upload: Upload, field: string): UploadedFile {
  const file = upload.files.get(field);
  if (!file) throw new AppError("BAD_REQUEST", `${field} is required: send it as a file`);
  return file;
}

/** Refuses a sheet without the columns that are needed, before anything is made. */
async function checkSheet(
  { sheets, objects }: Pick<Dependencies, "sheets" | "objects">,
  file: UploadedFile,
  options: CampaignOptions,
  signal: AbortSignal,
): Promise<void> {
  const path = await objects.localFile(file.key, { signal });
  try {
    const { columns } = await sheets.describe(path, { signal });
    recipientsOf(
      { columns, rows: [] },
      recipientOptions(options, columns, (text) => text),
    );
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    throw inTermsOf(thrown, path, file.fileName);
  }
}

/**
 * Refuses what no voice can be made of. The embedded voice knows at once whether it has a voice by a name;
 * asking another one may cost money.
 */
async function requireVoice(
  { voiceFor }: Pick<Dependencies, "voiceFor">,
  choice: VoiceChoice,
  signal: AbortSignal,
): Promise<void> {
  const voice = voiceFor(choice);
  const { options } = choice;
  if (options.voice === undefined || options.ttsProvider !== "espeak") return;
  const [request] = speechRequests("a", options);
  if (!request) return;
  try {
    await voice.speak(request, { signal });
  } catch (error) {
    if (toAppError(error).code === "VOICE_UNKNOWN") throw error;
  }
}

/** A key that no provider of the job needs is not kept at all. */
function sealedKeyOf(
  { ttsProvider, elevenlabsApiKey }: JobForm,
  id: string,
  secrets: Dependencies["secrets"],
): string | null {
  if (ttsProvider !== "elevenlabs" || elevenlabsApiKey === undefined) return null;
  return secrets.seal(elevenlabsApiKey, id);
}

/** Equal for requests that ask for the same. */
function fingerprintOf(form: JobForm, upload: Upload): string {
  const files = [...upload.files].map(([field, { sha256 }]) => [field, sha256]).toSorted();
  return createHash("sha256")
    .update(JSON.stringify([form, files]))
    .digest("hex");
}
