import { AppError, toAppError } from "../../domain/app-error.ts";
import type { Caller } from "../../domain/caller.ts";
import type { BaseReference } from "../../domain/job.ts";
import type { Upload } from "../../domain/upload.ts";
import type { Warning } from "../../domain/warning.ts";
import type { BaseTemplate } from "../../ports/base-store.ts";
import type { CampaignOptions } from "../campaign-options.ts";
import { type CampaignPlan, planCampaign } from "../plan-campaign.ts";
import type { JobForm } from "./job-form.ts";
import { storedPlan } from "./job-plan.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

/** Whoever waits for an answer waits at most this long for what is found out about a base. */
const CHECK_DEADLINE_MS = 9_000;
/** Longer bases are listened to by the job itself, seconds. */
const LISTEN_AT_ONCE_SECONDS = 600;

/** What it takes to find out about a base. */
export type ListeningDependencies = Pick<
  ServiceDependencies,
  "media" | "objects" | "reference" | "recognizer"
>;

/**
 * The base that a form names: its own file, or that of a base template.
 * @throws AppError BAD_REQUEST for both or none, NOT_FOUND, TEMPLATE_NOT_READY.
 */
export function baseOf(upload: Upload, template: BaseTemplate | null): BaseReference {
  const file = upload.files.get("base_video");
  if (file && template) {
    throw new AppError("BAD_REQUEST", "send base_video or template_id, not both");
  }
  if (file) return { key: file.key, hash: file.sha256, name: file.fileName, templateId: null };
  if (!template) {
    throw new AppError("BAD_REQUEST", "base_video is required: send it, or a template_id");
  }
  if (template.state === "failed") {
    const why = template.error?.message ?? "it could not be compiled";
    throw new AppError("TEMPLATE_NOT_READY", `template ${template.id} cannot be used: ${why}`);
  }
  const { key, hash, name, id } = template;
  return { key, hash, name, templateId: id };
}

/**
 * The base template that a form names; null when it names none.
 * @throws AppError NOT_FOUND.
 */
export async function templateFor(
  { bases }: Pick<ServiceDependencies, "bases">,
  { tenant }: Caller,
  { templateId }: JobForm,
): Promise<BaseTemplate | null> {
  if (!templateId) return null;
  const template = await bases.find(tenant, templateId);
  if (!template) throw new AppError("NOT_FOUND", "template not found");
  return template;
}

/**
 * Listens to a base while somebody waits for the answer.
 * @returns null for one so long that the job had better do it.
 * @throws AppError of the base, in terms of the client's file name.
 */
export async function planAtOnce(
  dependencies: ListeningDependencies,
  request: {
    base: BaseReference;
    options: CampaignOptions;
    template: BaseTemplate | null;
    signal: AbortSignal;
    onWarning: (warning: Warning) => void;
  },
): Promise<CampaignPlan | null> {
  const { base, options, template } = request;
  if (template && sameShape(template.options, options)) {
    const plan = storedPlan(template.plan);
    if (plan) return plan;
  }
  const deadline = AbortSignal.any([request.signal, AbortSignal.timeout(CHECK_DEADLINE_MS)]);
  try {
    return await planBase(dependencies, {
      ...request,
      signal: deadline,
      longestSeconds: isWrittenDown(dependencies, options) ? 0 : LISTEN_AT_ONCE_SECONDS,
      priority: 1,
    });
  } catch (thrown) {
    if (thrown === TOO_LONG_TO_WAIT) return null;
    if (deadline.aborted && !request.signal.aborted) {
      throw new AppError(
        "WORKER_TIMEOUT",
        `${base.name} could not be read within ${CHECK_DEADLINE_MS / 1000} s: export the file again, or try later`,
        { cause: thrown, retryable: true },
      );
    }
    throw thrown;
  }
}

/** Whether a recogniser has to hear the base out: it takes about as long as the base does. */
function isWrittenDown(
  { recognizer }: ListeningDependencies,
  { slot, transcript, spokenName }: CampaignOptions,
): boolean {
  const searched = slot === undefined && transcript === undefined && spokenName !== undefined;
  return recognizer !== undefined && searched;
}

/** Signals a base that is not to be listened to now; it never leaves this module. */
const TOO_LONG_TO_WAIT = new Error("too long to wait for");

/** Listens to a base of a job, however long it takes. */
export async function planBase(
  { objects, ...tools }: ListeningDependencies,
  request: {
    base: BaseReference;
    options: CampaignOptions;
    signal: AbortSignal;
    onWarning: (warning: Warning) => void;
    longestSeconds?: number;
    /** Whether somebody waits: see `MediaCallOptions`. */
    priority?: number;
  },
): Promise<CampaignPlan> {
  const { base, options, signal, onWarning, priority = 0 } = request;
  const { longestSeconds = Number.POSITIVE_INFINITY } = request;
  return withLocalBase(objects, base, signal, (path) =>
    planCampaign(tools, {
      base: path,
      hash: async () => base.hash,
      options,
      call: { signal, contentHash: base.hash, priority },
      onWarning,
      check: ({ duration }) => {
        if (duration > longestSeconds) throw TOO_LONG_TO_WAIT;
      },
    }),
  );
}

/** Gives `work` the base's path on this machine; what is thrown speaks of the client's file instead. */
export async function withLocalBase<T>(
  objects: ServiceDependencies["objects"],
  base: BaseReference,
  signal: AbortSignal,
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (base.key === null) {
    throw new AppError("FILE_NOT_FOUND", `${base.name} is kept no longer: upload it again`);
  }
  const path = await objects.localFile(base.key, { signal });
  try {
    return await work(path);
  } catch (thrown) {
    throw thrown instanceof AppError ? inTermsOf(thrown, path, base.name) : thrown;
  }
}

/** An error that names a file as its sender knows it, and neither its path on this machine nor its name there. */
export function inTermsOf(error: AppError, path: string, name: string): AppError {
  const { code, message, retryable } = toAppError(error);
  const shown = name || "the file";
  const stored = path.split(/[/\\]/u).at(-1) ?? path;
  // In two steps, as the sender's name may hold the stored one.
  const parts = message.split(path).map((part) => part.split(stored).join(shown));
  return new AppError(code, parts.join(shown), { retryable, cause: error });
}

/** Whether two sets of options lead to the same compiled template of one base. */
function sameShape(stored: Record<string, unknown>, options: CampaignOptions): boolean {
  return SHAPING.every((key) => JSON.stringify(stored[key]) === JSON.stringify(options[key]));
}

const SHAPING = [
  "insertMode",
  "namePosition",
  "slot",
  "transcript",
  "spokenName",
  "silenceDb",
  "silenceDur",
  "silverReplaceSeconds",
  "goldMaxNameSeconds",
  "goldDetectSilenceDur",
  "keepVideo",
] as const satisfies (keyof CampaignOptions)[];
