import { createHash } from "node:crypto";
import { AppError, toAppError } from "../domain/app-error.ts";
import type { Interval } from "../domain/audio.ts";
import { forEachConcurrently } from "../domain/limit-concurrency.ts";
import { type Recipient, recipientsOf } from "../domain/recipient.ts";
import type { Slot } from "../domain/slot.ts";
import type { Template } from "../domain/template.ts";
import type { MediaEngine, MediaInfo } from "../ports/media-engine.ts";
import type { OutputRecord, OutputStore } from "../ports/output-store.ts";
import type { SheetReader } from "../ports/sheet-reader.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import { findSlot } from "../timeline/find-slot.ts";
import { editableInterval } from "../timeline/plan-edit.ts";
import type { CampaignEvent, CampaignSummary } from "./campaign-event.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import { createRecipientRenderer, type RecipientRenderer } from "./render-recipient.ts";
import { speechRequest } from "./speech-request.ts";

/** Raised whenever the same inputs would give other bytes: older templates and outputs are made anew. */
const FORMAT_VERSION = 2;
/** A first stretch of speech longer than this is no spoken name, seconds. */
const PLAUSIBLE_NAME_SECONDS = 2.5;

export type CampaignDependencies = {
  media: MediaEngine;
  speech: SpeechModel;
  sheets: SheetReader;
  /** SHA-256 of a file's contents, hex. */
  hashFile: (path: string, options: { signal: AbortSignal }) => Promise<string>;
  /** Words by their spoken form. */
  respell: (text: string) => string;
};

export type CampaignRequest = {
  base: string;
  recipients: string;
  options: CampaignOptions;
  /** Opens the place for outputs, once all that is given has proved sound; null only plans them. */
  openOutput: (() => Promise<CampaignOutput>) | null;
  /** Recipients worked on at once. */
  concurrency: number;
  signal: AbortSignal;
  onEvent: (event: CampaignEvent) => void;
};

export type CampaignOutput = { store: OutputStore; templates: TemplateFolders };

/** Where templates are kept, and where they are built. */
export type TemplateFolders = {
  templateFolder(id: string): string;
  templatePartFolder(id: string): string;
};

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
  const sheet = await dependencies.sheets.read(request.recipients);
  const extension = options.insertMode === "silver" ? ".mp3" : ".mp4";
  const recipients = recipientsOf(sheet, {
    nameColumn: options.nameCol,
    pronunciationColumn: options.pronunciationCol,
    text: options.text,
    extension,
    respell: dependencies.respell,
  });
  const [plan] = await Promise.all([
    planCampaign(dependencies, request),
    tryVoice(dependencies, request, recipients),
  ]);
  const records = new Map<number, OutputRecord>();
  const settle = (record: OutputRecord, kept: boolean): void => {
    records.set(record.row, record);
    onEvent({ type: "recipient", record, kept });
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
    const key = outputKey(dependencies.speech, plan.templateId, options, recipient);
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
    slot: plan.slot,
  });
  for (const { record, kept } of early) settle(record, kept);

  if (output === null) {
    for (const recipient of toDo) settle(planned(recipient, plan.slot), false);
    return summarise(records, keptCount, plan.slot);
  }
  const template =
    toDo.length > 0 ? await compileBase(dependencies, request, plan, output.templates) : null;
  try {
    if (template) {
      const renderer = createRecipientRenderer({
        ...dependencies,
        options,
        slot: plan.slot,
        template,
      });
      await forEachConcurrently(toDo, request.concurrency, async (recipient) => {
        settle(await produce(renderer, output.store, template, recipient, signal), false);
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
  return summarise(records, keptCount, plan.slot);
}

function cancelled(cause: unknown): AppError {
  const message = "cancelled; what is finished is kept: run the same command again to go on";
  return new AppError("CANCELLED", message, { cause });
}

type CampaignPlan = {
  info: MediaInfo;
  slot: Slot;
  editable: Interval & { growable: boolean };
  templateId: string;
};

/** Listens to the base and decides what will be replaced. */
async function planCampaign(
  { media, hashFile }: CampaignDependencies,
  { base, options, openOutput, signal, onEvent }: CampaignRequest,
): Promise<CampaignPlan> {
  const info = await media.probe(base, { signal });
  requireTracks(base, info, options);
  const [analysis, hash] = await Promise.all([
    media.analyse(
      base,
      {
        silenceDb: options.silenceDb,
        silenceDuration: options.silenceDur,
        shortSilenceDuration: options.goldDetectSilenceDur,
      },
      { signal },
    ),
    // A dry run makes nothing that would have to be told apart from another base's outputs.
    openOutput ? hashFile(base, { signal }) : "",
  ]);
  const silver = options.insertMode === "silver";
  const slot = findSlot(analysis, {
    position: options.namePosition,
    given: parseSlot(options.slot),
    plausibleSeconds: PLAUSIBLE_NAME_SECONDS,
    fixedSeconds: silver ? options.silverReplaceSeconds : options.goldMaxNameSeconds,
    silenceDb: options.silenceDb,
  });
  const doubt = doubtOf(slot);
  if (doubt) onEvent({ type: "warning", warning: { code: "SLOT_UNSURE", message: doubt } });
  const editable = editableInterval({ tier: options.insertMode, slot }, analysis.duration);
  const shape = [FORMAT_VERSION, hash, extensionOf(options), editable, slot, options.keepVideo];
  return { info, slot, editable, templateId: digest(shape) };
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
  try {
    await speech.speak(speechRequest(first.spokenText, options), { signal });
  } catch (error) {
    if (toAppError(error).code === "VOICE_UNKNOWN") throw error;
  }
}

function requireTracks(base: string, info: MediaInfo, options: CampaignOptions): void {
  if (!info.audio) {
    throw new AppError(
      "NO_AUDIO",
      `${base} has no audio track, so there is no voice to put a name into: choose a video in which somebody speaks`,
    );
  }
  if (!info.video && options.insertMode !== "silver") {
    throw new AppError(
      "NO_VIDEO",
      `${base} has no picture: use --insert-mode silver for audio, or choose a video`,
    );
  }
}

function doubtOf(slot: Slot): string | null {
  const times = `${slot.start.toFixed(2)}-${slot.end.toFixed(2)} s`;
  if (slot.foundBy === "short-pause") {
    return `the name was taken to be ${times}, which only a short pause ends: check it, or give --slot START-END`;
  }
  if (slot.foundBy === "fixed-length") {
    return `no pause ends the first words, so ${times} is replaced: give the name's place with --slot START-END`;
  }
  return null;
}

async function compileBase(
  { media }: CampaignDependencies,
  { base, options, signal, onEvent }: CampaignRequest,
  plan: CampaignPlan,
  templates: TemplateFolders,
): Promise<Template> {
  onEvent({ type: "compiling" });
  const { template, warnings } = await media.compile(
    {
      id: plan.templateId,
      base,
      output: options.insertMode === "silver" ? "mp3" : "mp4",
      editable: plan.editable,
      slot: plan.slot,
      video: options.keepVideo ? "keep" : "auto",
      folder: templates.templateFolder(plan.templateId),
      workFolder: templates.templatePartFolder(plan.templateId),
    },
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
): Promise<OutputRecord> {
  try {
    signal.throwIfAborted();
    const { rendered, slot, clipSeconds, stretch, warnings } = await renderer.render(
      recipient.spokenText,
      signal,
    );
    await store.publish(recipient.file, rendered.rendition, template);
    const record: OutputRecord = {
      row: recipient.row,
      name: recipient.name,
      file: recipient.file,
      state: "done",
      reason: "",
      slot,
      clipSeconds,
      stretch,
      seams: rendered.seams,
      sizeBytes: rendered.rendition.size,
      warnings,
      key: recipient.key,
    };
    await store.record(record);
    return record;
  } catch (error) {
    const failure = toAppError(error);
    // Without a disk to write to, or when the user stopped it, no other recipient can succeed either.
    if (signal.aborted || failure.code === "DISK_FULL" || failure.code === "OUTPUT_UNWRITABLE") {
      throw failure;
    }
    return { ...withoutOutput(recipient, "failed", failure.message), key: recipient.key };
  }
}

function withoutOutput(
  recipient: { row: number; name: string },
  state: "skipped" | "failed",
  reason: string,
): OutputRecord {
  return {
    row: recipient.row,
    name: recipient.name,
    file: "",
    state,
    reason,
    slot: null,
    clipSeconds: null,
    stretch: null,
    seams: null,
    sizeBytes: null,
    warnings: [],
    key: "",
  };
}

/** The record of an output that a real run would make. */
function planned({ row, name, file, key }: Output, slot: Slot): OutputRecord {
  return { ...withoutOutput({ row, name }, "skipped", ""), state: "done", file, slot, key };
}

/** Hash of everything an output depends on. */
function outputKey(
  speech: SpeechModel,
  templateId: string,
  options: CampaignOptions,
  recipient: Extract<Recipient, { kind: "output" }>,
): string {
  const { slot: _, nameCol: __, ...shaping } = options;
  const voice = speech.cacheKey(speechRequest(recipient.spokenText, options));
  return digest([FORMAT_VERSION, templateId, shaping, voice, recipient.file]);
}

function extensionOf({ insertMode }: CampaignOptions): string {
  return insertMode === "silver" ? ".mp3" : ".mp4";
}

function digest(parts: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

function parseSlot(slot: string | undefined): Interval | null {
  if (slot === undefined) return null;
  const [start = Number.NaN, end = Number.NaN] = slot.split("-").map(Number);
  return { start, end };
}

function summarise(records: Map<number, OutputRecord>, kept: number, slot: Slot): CampaignSummary {
  const count = (state: OutputRecord["state"]) =>
    [...records.values()].filter((record) => record.state === state).length;
  return {
    rows: records.size,
    done: count("done"),
    kept,
    skipped: count("skipped"),
    failed: count("failed"),
    slot,
  };
}
