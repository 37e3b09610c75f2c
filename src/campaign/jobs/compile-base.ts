import { createReadStream } from "node:fs";
import path from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { BaseReference } from "../../domain/job.ts";
import type { Template } from "../../domain/template.ts";
import type { Warning } from "../../domain/warning.ts";
import type { CampaignOptions } from "../campaign-options.ts";
import { compileRequest } from "../compile-request.ts";
import type { CampaignPlan } from "../plan-campaign.ts";
import { withLocalBase } from "./base-source.ts";
import { posterKey } from "./job-objects.ts";
import type { JobPlan } from "./job-plan.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<ServiceDependencies, "media" | "objects" | "templates" | "scratch">;

/** Compiles a base by its plan, or takes up the template when it is there already. */
export async function compileBase(
  { media, objects, templates }: Dependencies,
  request: {
    base: BaseReference;
    options: CampaignOptions;
    plan: CampaignPlan;
    signal: AbortSignal;
  },
): Promise<{ template: Template; warnings: Warning[] }> {
  const { base, options, plan, signal } = request;
  const compile = (file: string) =>
    media.compile(compileRequest({ base: file, options, plan, templates }), {
      signal,
      contentHash: base.hash,
    });
  if (base.key !== null) return withLocalBase(objects, base, signal, compile);
  // The engine looks for the template first; with it, nothing of the base is needed.
  const folder = templates.templateFolder(plan.templateId);
  const kept = await templates.list();
  if (kept.some(({ id }) => id === plan.templateId)) return compile(folder);
  throw new AppError("FILE_NOT_FOUND", `${base.name} is kept no longer: create the job again`);
}

/** The template of a plan, where it lies on this machine: a data folder may be moved. */
export function templateOf(
  { template }: JobPlan,
  { templates }: Pick<Dependencies, "templates">,
): Template | null {
  if (!template) return null;
  const folder = templates.templateFolder(template.id);
  return { ...template, folder, file: path.join(folder, path.basename(template.file)) };
}

/** Keeps a picture of the moment at which the name is spoken; a base without pictures has none. */
export async function keepPoster(
  { media, objects, scratch }: Dependencies,
  request: { jobId: string; template: Template; plan: CampaignPlan; signal: AbortSignal },
): Promise<void> {
  const { jobId, template, plan, signal } = request;
  if (template.video === "none" || (await objects.head(posterKey(jobId)))) return;
  const { folder, release } = await scratch();
  try {
    const file = path.join(folder, "poster.jpg");
    const named = plan.slots[0]?.slot.start ?? 0;
    const time = Math.min(named, Math.max(0, template.duration - 0.1));
    await media.poster(
      { path: path.resolve(template.folder, template.file), time, file },
      { signal },
    );
    await objects.put(posterKey(jobId), createReadStream(file), { signal });
  } finally {
    await release();
  }
}
