import { AppError } from "../../domain/app-error.ts";
import type { Caller } from "../../domain/caller.ts";
import { recipientsOf } from "../../domain/recipient.ts";
import type { Upload } from "../../domain/upload.ts";
import type { Warning } from "../../domain/warning.ts";
import type { Preview } from "../campaign-service.ts";
import { nameCheckFor } from "../check-name.ts";
import { recipientOptions } from "../recipient-options.ts";
import { createRecipientRenderer } from "../render-recipient.ts";
import { baseOf, planAtOnce, planBase, templateFor } from "./base-source.ts";
import { compileBase } from "./compile-base.ts";
import { consentFor } from "./consent.ts";
import type { JobForm } from "./job-form.ts";
import { jobPrefix } from "./job-objects.ts";
import { sampleFrom } from "./job-voice.ts";
import { readForm } from "./read-form.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<
  ServiceDependencies,
  | "bases"
  | "media"
  | "objects"
  | "archive"
  | "templates"
  | "scratch"
  | "voiceFor"
  | "lipSyncFor"
  | "reference"
  | "recognizer"
  | "respell"
  | "policy"
  | "clock"
  | "newId"
>;

/**
 * Makes one recipient's output at once, exactly as a job would. The compiled template stays for the
 * job that may follow; everything else goes when the answer is released.
 */
export async function makePreview(
  dependencies: Dependencies,
  request: {
    caller: Caller;
    form: JobForm;
    name: string;
    upload: Upload;
    signal: AbortSignal;
  },
): Promise<Preview> {
  const { archive, objects, media, voiceFor, lipSyncFor, policy, respell, clock, newId } =
    dependencies;
  const { caller, form, name, upload, signal } = request;
  const sample = upload.files.get("voice_sample");
  const { options, warnings } = readForm(form, { hasVoiceSample: sample !== undefined }, policy);
  if (sample) consentFor(sample, form, { caller, mustBeExplicit: policy.requireConsent });
  const sheet = { columns: [options.nameCol], rows: [{ row: 2, cells: [name] }] };
  const [recipient] = recipientsOf(sheet, recipientOptions(options, sheet.columns, respell));
  if (recipient?.kind !== "output") {
    throw new AppError("INVALID_OPTION", `the name ${JSON.stringify(name)} gives nothing to speak`);
  }
  const template = await templateFor(dependencies, caller, form);
  const base = baseOf(upload, template);
  const onWarning = (warning: Warning) => warnings.push(warning);
  const listening = { base, options, template, signal, onWarning };
  const plan =
    (await planAtOnce(dependencies, listening)) ?? (await planBase(dependencies, listening));
  const compiled = await compileBase(dependencies, { base, options, plan, signal });
  warnings.push(...compiled.warnings);
  const renderer = createRecipientRenderer({
    media,
    speech: voiceFor({
      options,
      apiKey: form.elevenlabsApiKey ?? null,
      sample: sample ? sampleFrom(objects, { key: sample.key, hash: sample.sha256 }) : null,
    }),
    checkName: nameCheckFor(options, dependencies),
    options,
    lipSync: lipSyncFor(options),
    slots: plan.slots.map(({ slot }) => slot),
    template: compiled.template,
  });
  const made = await renderer.render(recipient.spokenText, signal);
  const { rendition } = made.rendered;
  // Not among the upload's files, which go as soon as this is done.
  const id = newId();
  const [stored] = await archive.store({
    jobId: id,
    keeps: "renditions",
    token: "preview",
    outputs: [{ file: recipient.file, rendition, template: compiled.template }],
    signal,
  });
  if (!stored) throw new AppError("INTERNAL", "the preview was not stored");
  return {
    slots: plan.slots.map(({ slot }) => slot),
    spoken: made.slot,
    stretch: made.stretch,
    seams: made.rendered.seams,
    warnings: [...warnings, ...made.warnings].map(({ message }) => message),
    file: {
      name: recipient.file,
      mediaType: rendition.mediaType,
      sizeBytes: stored.sizeBytes,
      etag: `${id}-${stored.crc32.toString(16)}`,
      modifiedAt: clock(),
      read: (range) => archive.read(stored, range),
      release: () => objects.removeAll(jobPrefix(id)),
    },
  };
}
