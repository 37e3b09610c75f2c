import { mkdir } from "node:fs/promises";
import path from "node:path";
import { createCampaignDependencies } from "../src/app/local-campaign.ts";
import { campaignOptionsSchema } from "../src/campaign/campaign-options.ts";
import { runCampaign } from "../src/campaign/run-campaign.ts";
import { readEnvironment } from "../src/config/environment.ts";
import { ownBytes } from "../src/domain/rendition.ts";
import { createMediaEngine, type PooledMediaEngine } from "../src/media/media-engine.ts";
import type { RenderRequest } from "../src/ports/media-engine.ts";
import { createOutputFolder } from "../src/storage/output-folder.ts";
import { writeRendition } from "../src/storage/piece-file.ts";
import { emptyFolder } from "./copy-way.ts";
import { writeSheet } from "./made-names.ts";
import type { Way, WayOrder } from "./way.ts";

const NAMES = 40;
const WARM_UP = 60;

const { signal } = new AbortController();

/**
 * Ours: the real media engine with one worker, from a spoken name to a rendition, or on to a file as
 * the output folder publishes it. Compiling the base and speaking come before and are not measured.
 */
export async function createRenderWay({ way, base, folder }: WayOrder): Promise<Way> {
  const media = createMediaEngine({ workers: 1 });
  const requests = await requestsOfCampaign(media, base, folder);
  const request = (index: number): RenderRequest => {
    const found = requests[index % requests.length];
    if (!found) throw new Error("the campaign rendered nothing");
    return found;
  };
  for (let i = 0; i < WARM_UP; i++) await media.render(request(i), { signal });
  const outputs = path.join(folder, "outputs");
  await mkdir(outputs, { recursive: true });
  return {
    async make(index) {
      const { template } = request(index);
      const { rendition } = await media.render(request(index), { signal });
      if (way === "rendition") return ownBytes(rendition);
      const file = path.join(outputs, `${index}.mp4`);
      const { bytes } = await writeRendition({
        rendition,
        templateFile: template.file,
        path: file,
      });
      return bytes;
    },
    children: () => ({ cpuMs: media.stats().cpuMs, peakBytes: media.stats().peakRssBytes }),
    clear: () => emptyFolder(outputs),
  };
}

/** What a small campaign of the command line's defaults, gold, asks the engine to render. */
async function requestsOfCampaign(
  media: PooledMediaEngine,
  base: string,
  folder: string,
): Promise<RenderRequest[]> {
  const requests: RenderRequest[] = [];
  const options = campaignOptionsSchema.parse({ insertMode: "gold" });
  const sheet = path.join(folder, "recipients.csv");
  await writeSheet(sheet, NAMES, NAMES);
  const dependencies = await createCampaignDependencies({
    environment: readEnvironment({}),
    media: {
      ...media,
      render(request, renderOptions) {
        requests.push(request);
        return media.render(request, renderOptions);
      },
    },
    options,
    apiKey: null,
    voiceSample: undefined,
    nameCacheDir: path.join(folder, "names"),
    lexicon: undefined,
  });
  const store = await createOutputFolder({ folder, keep: "renditions" });
  try {
    await runCampaign(dependencies, {
      base,
      recipients: sheet,
      options,
      openOutput: async () => ({ store, templates: store }),
      concurrency: 1,
      signal,
      onEvent: () => {},
    });
    return requests;
  } finally {
    await Promise.all([dependencies.close(), store.close()]);
  }
}
