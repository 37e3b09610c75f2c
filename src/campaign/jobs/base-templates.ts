import type { AppError } from "../../domain/app-error.ts";
import type { Caller } from "../../domain/caller.ts";
import type { Upload } from "../../domain/upload.ts";
import type { Warning } from "../../domain/warning.ts";
import type { BaseTemplate } from "../../ports/base-store.ts";
import { planAtOnce, planBase } from "./base-source.ts";
import { compileBase } from "./compile-base.ts";
import { requireFile } from "./create-job.ts";
import type { JobForm } from "./job-form.ts";
import { storedOptions, storedPlan } from "./job-plan.ts";
import { compileTask } from "./job-tasks.ts";
import { publicError } from "./public-error.ts";
import { readForm } from "./read-form.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<
  ServiceDependencies,
  | "bases"
  | "queue"
  | "objects"
  | "media"
  | "reference"
  | "recognizer"
  | "templates"
  | "scratch"
  | "policy"
  | "clock"
>;

/**
 * Keeps a base for many jobs, and has it compiled.
 * @throws AppError of the form or the base; then nothing of it is kept.
 */
export async function createBaseTemplate(
  dependencies: Dependencies,
  request: { caller: Caller; form: JobForm; upload: Upload; signal: AbortSignal },
): Promise<BaseTemplate> {
  const { bases, queue, policy, clock } = dependencies;
  const { caller, form, upload, signal } = request;
  const file = requireFile(upload, "base_video");
  const { options } = readForm(form, { hasVoiceSample: false }, policy);
  const { key, sha256: hash, fileName: name, sizeBytes } = file;
  const plan = await planAtOnce(dependencies, {
    base: { key, hash, name, templateId: null },
    options,
    template: null,
    signal,
    onWarning: ignore,
  });
  const template: BaseTemplate = {
    id: upload.id,
    tenant: caller.tenant,
    state: "queued",
    error: null,
    name,
    key,
    hash,
    sizeBytes,
    options,
    plan: plan && { ...plan, template: null },
    createdAt: clock(),
    updatedAt: clock(),
  };
  await bases.create(template);
  upload.keep();
  await queue.enqueue([compileTask(template.id)]);
  return template;
}

/** Compiles a base template; what it makes is every job's that asks for the same. */
export async function compileBaseTemplate(
  dependencies: Dependencies,
  templateId: string,
  signal: AbortSignal,
): Promise<void> {
  const { bases } = dependencies;
  const found = await bases.find(null, templateId);
  if (found?.state !== "queued") return;
  const { key, hash, name, id } = found;
  const base = { key, hash, name, templateId: id };
  const options = storedOptions(found.options);
  const plan =
    storedPlan(found.plan) ??
    (await planBase(dependencies, { base, options, signal, onWarning: ignore }));
  const { template } = await compileBase(dependencies, { base, options, plan, signal });
  await bases.setReady(id, { ...plan, template });
}

export async function failBaseTemplate(
  { bases }: Pick<Dependencies, "bases">,
  templateId: string,
  error: AppError,
): Promise<void> {
  await bases.setFailed(templateId, publicError(error));
}

/** A job that uses the template is warned itself. */
function ignore(_warning: Warning): void {}
