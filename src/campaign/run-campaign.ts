import { AppError, toAppError } from "../domain/app-error.ts";
import { type Recipient, recipientsOf } from "../domain/recipient.ts";
import type { Template } from "../domain/template.ts";
import { concernsAll, type Warning } from "../domain/warning.ts";
import type { OutputRecord, OutputStore } from "../ports/output-store.ts";
import type { CampaignSummary } from "./campaign-event.ts";
import type { CampaignDependencies, CampaignRequest, TemplateFolders } from "./campaign-request.ts";
import { nameCheckFor } from "./check-name.ts";
import { compileRequest } from "./compile-request.ts";
import { outputKey } from "./output-key.ts";
import { finishedOutput, plannedOutput, summarise, withoutOutput } from "./output-record.ts";
import { type CampaignPlan, planCampaign } from "./plan-campaign.ts";
import { recipientOptions } from "./recipient-options.ts";
import { createRecipientRenderer, type RecipientRenderer } from "./render-recipient.ts";
import { forEachSpokenAhead } from "./speak-ahead.ts";
import { speechRequests } from "./speech-request.ts";

/**
 * Runs a campaign: one output per row of the sheet, or a reason why there is none. What an earlier run
 * finished is kept. A recipient that fails does not stop the others.
 * @throws AppError when the campaign as a whole cannot be run, or CANCELLED; the report is written
 * all the same once recipients were begun.
 */
export async function runCampaign(
  dependencies: CampaignDependencies,
  request: CampaignRequest,
): Promise<CampaignSummary> {
  const { options, signal, onEvent } = request;
  const checkName = nameCheckFor(options, dependencies);
  const { speech, lipSync } = dependencies;
  const sheet = await dependencies.sheets.read(request.recipients);
  const recipients = recipientsOf(
    sheet,
    recipientOptions(options, sheet.columns, dependencies.respell),
  );
  const [plan] = await Promise.all([
    planCampaign(dependencies, {
      base: request.base,
      // A dry run makes nothing that would have to be told apart from another base's outputs.
      hash: async () => (request.openOutput ? dependencies.hashFile(request.base, { signal }) : ""),
      options,
      call: { signal },
      onWarning: (warning) => onEvent({ type: "warning", warning }),
    }),
    tryVoice(dependencies, request, recipients),
  ]);
  const slots = plan.slots.map(({ slot }) => slot);
  const records = new Map<number, OutputRecord>();
  const settle = (record: OutputRecord, kept: boolean): void => {
    records.set(record.row, record);
    onEvent({ type: "recipient", record, kept });
  };

  const warned = new Set<string>();
  const warnOnce = (warning: Warning): void => {
    if (warned.has(warning.code)) return;
    warned.add(warning.code);
    onEvent({ type: "warning", warning });
  };

  const output = request.openOutput && (await request.openOutput());
  const finished = (await output?.store.finished()) ?? new Map<string, OutputRecord>();
  const toDo: Output[] = [];
  const early: { record: OutputRecord; kept: boolean }[] = [];
  for (const recipient of recipients) {
    if (recipient.kind === "skipped") {
      early.push({ record: withoutOutput(recipient, "skipped", recipient.reason), kept: false });
      continue;
    }
    const key = outputKey({ speech, lipSync }, plan.templateId, options, recipient);
    const before = finished.get(key);
    const { row, name } = recipient;
    if (before) early.push({ record: { ...before, row, name }, kept: true });
    else toDo.push({ ...recipient, key });
  }
  const keptCount = early.filter(({ kept }) => kept).length;
  onEvent({
    type: "planned",
    rows: recipients.length,
    toDo: toDo.length,
    finishedBefore: keptCount,
    slots,
  });
  for (const { record, kept } of early) settle(record, kept);

  if (output === null) {
    for (const recipient of toDo) settle(plannedOutput(recipient, slots), false);
    return summarise(records, keptCount, slots);
  }
  const template =
    toDo.length > 0 ? await compileBase(dependencies, request, plan, output.templates) : null;
  try {
    if (template) {
      const renderer = createRecipientRenderer({
        ...dependencies,
        checkName,
        options,
        slots,
        template,
      });
      const speaking = {
        speech,
        requestsOf: ({ spokenText }: Output) => speechRequests(spokenText, options),
        concurrency: request.concurrency,
        signal,
      };
      await forEachSpokenAhead(toDo, speaking, async (recipient) => {
        const made = await produce(renderer, output.store, template, recipient, signal);
        for (const warning of made.warnings) warnOnce(warning);
        settle(made.record, false);
      });
    }
    signal.throwIfAborted();
  } catch (error) {
    throw signal.aborted ? cancelled(error) : error;
  } finally {
    const notMade = toDo.filter(({ row }) => !records.has(row));
    const all = [
      ...records.values(),
      ...notMade.map((one) => withoutOutput(one, "skipped", "the run ended before it was made")),
    ];
    await output.store.writeReport(all.toSorted((a, b) => a.row - b.row));
  }
  return summarise(records, keptCount, slots);
}

function cancelled(cause: unknown): AppError {
  const message = "cancelled; what is finished is kept: run the same command again to go on";
  return new AppError("CANCELLED", message, { cause });
}

/**
 * Speaks the first text while the base is listened to, when a voice was asked for: one that does not
 * exist would fail every recipient. The clip is in the cache then; other failures are the recipient's.
 */
async function tryVoice(
  { speech }: CampaignDependencies,
  { options, openOutput, signal }: CampaignRequest,
  recipients: Recipient[],
): Promise<void> {
  const first = recipients.find((recipient) => recipient.kind === "output");
  if (options.voice === undefined || openOutput === null || first === undefined) return;
  const [request] = speechRequests(first.spokenText, options);
  if (!request) return;
  try {
    await speech.speak(request, { signal });
  } catch (error) {
    if (toAppError(error).code === "VOICE_UNKNOWN") throw error;
  }
}

async function compileBase(
  { media }: CampaignDependencies,
  { base, options, signal, onEvent }: CampaignRequest,
  plan: CampaignPlan,
  templates: TemplateFolders,
): Promise<Template> {
  onEvent({ type: "compiling" });
  const { template, warnings } = await media.compile(
    compileRequest({ base, options, plan, templates }),
    { signal },
  );
  for (const warning of warnings) onEvent({ type: "warning", warning });
  onEvent({ type: "compiled", template });
  return template;
}

type Output = Extract<Recipient, { kind: "output" }> & { key: string };

/** Speaks, renders and publishes one recipient; what goes wrong with it becomes its record. */
async function produce(
  renderer: RecipientRenderer,
  store: OutputStore,
  template: Template,
  recipient: Output,
  signal: AbortSignal,
): Promise<{ record: OutputRecord; warnings: Warning[] }> {
  try {
    signal.throwIfAborted();
    const rendered = await renderer.render(recipient.spokenText, signal);
    await store.publish(recipient.file, rendered.rendered.rendition, template);
    const record = finishedOutput(recipient, rendered);
    await store.record(record);
    return { record, warnings: rendered.warnings.filter(concernsAll) };
  } catch (error) {
    const failure = toAppError(error);
    // Without a disk to write to, or when the user stopped it, no other recipient can succeed either.
    if (signal.aborted || failure.code === "DISK_FULL" || failure.code === "OUTPUT_UNWRITABLE") {
      throw failure;
    }
    const record = withoutOutput(recipient, "failed", failure.message);
    return { record: { ...record, key: recipient.key }, warnings: [] };
  }
}
