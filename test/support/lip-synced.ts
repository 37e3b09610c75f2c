import { mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createCampaignDependencies, createMedia } from "../../src/app/local-campaign.ts";
import {
  type CampaignOptions,
  campaignOptionsSchema,
} from "../../src/campaign/campaign-options.ts";
import { runCampaign } from "../../src/campaign/run-campaign.ts";
import { readEnvironment } from "../../src/config/environment.ts";
import type { Audio } from "../../src/domain/audio.ts";
import type { Template } from "../../src/domain/template.ts";
import type { Rendered, RenderRequest } from "../../src/ports/media-engine.ts";
import type { OutputRecord } from "../../src/ports/output-store.ts";
import type { Speech, SpeechRequest } from "../../src/ports/speech-model.ts";
import { createOutputFolder } from "../../src/storage/output-folder.ts";

export type LipSyncedOutput = {
  record: OutputRecord;
  /** Path of the video. */
  file: string;
  /** What the media engine was asked for, and what it answered. */
  request: RenderRequest;
  rendered: Rendered;
};

export type LipSyncedCampaign = {
  template: Template;
  warnings: string[];
  records: OutputRecord[];
  /** Those that were made, by the recipient's name. */
  outputs: Map<string, LipSyncedOutput>;
  /** What the voice said, by its text. */
  spoken: Map<string, Speech>;
};

const never = new AbortController().signal;

/**
 * Runs a campaign of the command line on real media, faces and voice.
 * @param sheet As CSV.
 * @param voice Instead of eSpeak: the sound of a text.
 * @param variables Of the environment, besides the data folder; offline unless they say otherwise.
 * @param outdir Where an earlier campaign may have left something; a new one when left out.
 */
export async function lipSyncedCampaign({
  folder,
  base,
  sheet,
  options,
  voice,
  variables = {},
  outdir = mkdtempSync(path.join(folder, "out-")),
  signal = never,
}: {
  folder: string;
  base: string;
  sheet: string;
  options: Partial<CampaignOptions>;
  voice?: (request: SpeechRequest) => Audio;
  variables?: Record<string, string>;
  outdir?: string;
  signal?: AbortSignal;
}): Promise<LipSyncedCampaign> {
  const recipients = path.join(outdir, "recipients.csv");
  writeFileSync(recipients, sheet);
  const environment = readEnvironment({
    VIDX_DATA_DIR: path.join(folder, "data"),
    VOCATIVE_OFFLINE: "true",
    ...variables,
  });
  const asked = campaignOptionsSchema.parse({ insertMode: "diamond", lang: "en", ...options });
  const media = createMedia(environment, 2);
  const dependencies = await createCampaignDependencies({
    environment,
    media,
    options: asked,
    apiKey: null,
    voiceSample: undefined,
    nameCacheDir: undefined,
    lexicon: undefined,
  });
  const store = await createOutputFolder({ folder: outdir, keep: "files" });
  const made: LipSyncedCampaign = {
    template: undefined as never, // set by the event, or else an error is thrown below
    warnings: [],
    records: [],
    outputs: new Map(),
    spoken: new Map(),
  };
  const renders = new Map<unknown, { request: RenderRequest; rendered: Rendered }>();
  const files = new Map<string, { request: RenderRequest; rendered: Rendered }>();
  try {
    await runCampaign(
      {
        ...dependencies,
        speech: {
          ...dependencies.speech,
          provider: dependencies.speech.provider,
          cacheKey: (request) => dependencies.speech.cacheKey(request),
          async speak(request, call) {
            const speech: Speech = voice
              ? { audio: voice(request), voice: "made", warnings: [] }
              : await dependencies.speech.speak(request, call);
            made.spoken.set(request.text, speech);
            return speech;
          },
        },
        media: {
          ...media,
          async render(request, call) {
            const rendered = await media.render(request, call);
            renders.set(rendered.rendition, { request, rendered });
            return rendered;
          },
        },
      },
      {
        base,
        recipients,
        options: asked,
        openOutput: async () => ({
          store: {
            ...store,
            publish(file, rendition, template) {
              const render = renders.get(rendition);
              if (render) files.set(file, render);
              return store.publish(file, rendition, template);
            },
          },
          templates: store,
        }),
        concurrency: 2,
        signal,
        onEvent(event) {
          if (event.type === "compiled") made.template = event.template;
          if (event.type === "warning") made.warnings.push(event.warning.message);
          if (event.type === "recipient") made.records.push(event.record);
        },
      },
    );
  } finally {
    await Promise.all([dependencies.close(), media.close(), store.close()]);
  }
  for (const record of made.records) {
    const render = files.get(record.file);
    if (!render) continue;
    made.outputs.set(record.name, { record, file: path.join(outdir, record.file), ...render });
  }
  return made;
}
