import type { CompileRequest } from "../ports/media-engine.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import type { TemplateFolders } from "./campaign-request.ts";
import type { CampaignPlan } from "./plan-campaign.ts";

/** What the media engine is to compile for a plan. */
export function compileRequest(campaign: {
  base: string;
  options: CampaignOptions;
  plan: CampaignPlan;
  templates: TemplateFolders;
}): CompileRequest {
  const { base, options, plan, templates } = campaign;
  return {
    id: plan.templateId,
    base,
    output: options.insertMode === "silver" ? "mp3" : "mp4",
    slots: plan.slots,
    video: options.keepVideo ? "keep" : "auto",
    folder: templates.templateFolder(plan.templateId),
    workFolder: templates.templatePartFolder(plan.templateId),
  };
}
