import { rm } from "node:fs/promises";
import { formOf } from "../../test/support/job-client.ts";
import { madeNames } from "../made-names.ts";
import { median } from "../median.ts";
import { startBenchServer } from "./serve-job.ts";

/** One preview, seconds from the first byte of the upload. */
export type PreviewTimes = { firstByteSeconds: number; seconds: number };

export type PreviewFigures = {
  /** The first request after the server's start: nothing is loaded, the base unknown. */
  cold: PreviewTimes;
  /** The same base with other names, medians. */
  warm: PreviewTimes;
  count: number;
};

const WARM_PREVIEWS = 9;

/** One name on an uploaded base, answered at once. */
export async function measurePreviews(request: {
  base: string;
  folder: string;
  mediaWorkers: number;
}): Promise<PreviewFigures> {
  const { base, folder, mediaWorkers } = request;
  const server = await startBenchServer({ folder, keeps: "renditions", mediaWorkers });
  try {
    const [first = "", ...others] = madeNames(1 + WARM_PREVIEWS);
    const cold = await preview(server.url, base, first);
    const warm: PreviewTimes[] = [];
    for (const name of others) warm.push(await preview(server.url, base, name));
    return {
      cold,
      warm: {
        firstByteSeconds: median(warm.map(({ firstByteSeconds }) => firstByteSeconds)),
        seconds: median(warm.map(({ seconds }) => seconds)),
      },
      count: warm.length,
    };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function preview(url: string, base: string, name: string): Promise<PreviewTimes> {
  const fields = { base_video: { file: base }, insert_mode: "gold", tts_provider: "espeak", name };
  const body = formOf(fields);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const response = await fetch(`${url}/previews`, { method: "POST", body });
  if (!response.ok || !response.body) {
    throw new Error(`the preview was refused: ${response.status} ${await response.text()}`);
  }
  let firstByteSeconds = Number.NaN;
  for await (const _ of response.body) {
    if (Number.isNaN(firstByteSeconds)) firstByteSeconds = seconds();
  }
  return { firstByteSeconds, seconds: seconds() };
}
