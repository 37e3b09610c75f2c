import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createCampaignDependencies, createMedia } from "../src/app/local-campaign.ts";
import { type CampaignOptions, campaignOptionsSchema } from "../src/campaign/campaign-options.ts";
import { runCampaign } from "../src/campaign/run-campaign.ts";
import { readEnvironment } from "../src/config/environment.ts";
import { ownBytes } from "../src/domain/rendition.ts";
import { createOutputFolder } from "../src/storage/output-folder.ts";
import { makeTalkingBase } from "../test/support/talking-base.ts";
import { watchTree } from "./process-tree.ts";

/**
 * What a lip-synced recipient costs, against a gold one of the same base, for a short base and a long
 * one: CPU time of this process and all its children, once everything is started, compiled and known.
 */
const NAMES = ["Mariam Babu", "Catherine Bell", "Oliver Stone", "Priyanka Rao", "Dmitri Ivanov"];
const MORE = ["Fatima Zaman", "Joanna Kowal", "Samuel Okoro", "Isabella Ruiz", "Kenji Tanaka"];
const HEIGHT = 720;
const LONG_OF_SHORT = 1.5;
const MOST_SECONDS = 1.5;
const SENTENCE = "welcome to our school, we are happy to see you and your family here today";

type Figures = { cpuMs: number; ownBytes: number; clipSeconds: number };

const folder = await mkdtemp(path.join(tmpdir(), "vocative-bench-"));
const { signal } = new AbortController();

async function measure(base: string, changes: Partial<CampaignOptions>): Promise<Figures> {
  const environment = readEnvironment({
    VIDX_DATA_DIR: path.join(folder, "data"),
    VOCATIVE_OFFLINE: "true",
  });
  const options = campaignOptionsSchema.parse({ lang: "en", ...changes });
  const media = createMedia(environment, 1);
  const dependencies = await createCampaignDependencies({
    environment,
    media,
    options,
    apiKey: null,
    voiceSample: undefined,
    nameCacheDir: undefined,
    lexicon: undefined,
  });
  const outdir = await mkdtemp(path.join(folder, "out-"));
  const store = await createOutputFolder({ folder: outdir, keep: "renditions" });
  const figures: Figures = { cpuMs: 0, ownBytes: 0, clipSeconds: 0 };
  const run = async (names: readonly string[]): Promise<void> => {
    const recipients = path.join(outdir, "recipients.csv");
    await writeFile(recipients, ["name", ...names, ""].join("\n"));
    await runCampaign(dependencies, {
      base,
      recipients,
      options,
      openOutput: async () => ({
        store: {
          ...store,
          async publish(file, rendition, template) {
            figures.ownBytes += ownBytes(rendition) / names.length;
            await store.publish(file, rendition, template);
          },
        },
        templates: store,
      }),
      concurrency: 1,
      signal,
      onEvent(event) {
        if (event.type !== "recipient" || event.kept) return;
        if (event.record.state !== "done") throw new Error(event.record.reason);
        if (event.record.warnings.length > 0) throw new Error(event.record.warnings.join("; "));
        figures.clipSeconds += (event.record.clipSeconds ?? 0) / names.length;
      },
    });
  };
  try {
    await run(NAMES);
    Object.assign(figures, { ownBytes: 0, clipSeconds: 0 });
    const watch = watchTree(process.pid);
    await run(MORE);
    const usage = watch.stop();
    const all = Object.values(usage?.cpuMs ?? {}).reduce((sum, ms) => sum + ms, 0);
    figures.cpuMs = all / MORE.length;
    return figures;
  } finally {
    await Promise.all([dependencies.close(), media.close(), store.close()]);
  }
}

const bases = { short: 1, long: 6 };
const lipSynced = { insertMode: "diamond", lipSyncProvider: "mouth" } as const;
const found: Record<string, { gold: Figures; diamond: Figures; seconds: number }> = {};
for (const [name, repeats] of Object.entries(bases)) {
  const { file, audio } = await makeTalkingBase({
    file: path.join(folder, `${name}.mp4`),
    parts: [0.4, "Rahul", 0.45, Array(repeats).fill(SENTENCE).join(". "), 0.4],
    height: HEIGHT,
    wide: true,
  });
  const gold = await measure(file, { insertMode: "gold" });
  const diamond = await measure(file, lipSynced);
  const seconds = audio.samples.length / audio.sampleRate;
  found[name] = { gold, diamond, seconds };
  const line = (what: string, { cpuMs, ownBytes: bytes, clipSeconds }: Figures) =>
    `  ${what.padEnd(24)} ${cpuMs.toFixed(0).padStart(5)} ms of CPU a recipient, ${(bytes / 1000).toFixed(0)} KB of its own, names of ${clipSeconds.toFixed(2)} s`;
  console.log(`A base of ${seconds.toFixed(1)} s, ${HEIGHT} lines:`);
  console.log(line("gold", gold));
  console.log(line("diamond, mouth", diamond));
}
await rm(folder, { recursive: true });

const { short, long } = found;
if (!short || !long) throw new Error("nothing was measured");
const worst = Math.max(short.diamond.cpuMs, long.diamond.cpuMs) / 1000;
const growth = long.diamond.cpuMs / short.diamond.cpuMs;
const bars = [
  {
    promise: `at most ${MOST_SECONDS} s of CPU a recipient`,
    holds: worst <= MOST_SECONDS,
    measured: `${worst.toFixed(2)} s`,
  },
  {
    promise: `whatever the base's length (within ${LONG_OF_SHORT} ×)`,
    holds: growth <= LONG_OF_SHORT,
    measured: `${growth.toFixed(2)} × for ${(long.seconds / short.seconds).toFixed(1)} × the length`,
  },
];
for (const { promise, holds, measured } of bars) {
  console.log(`${holds ? "ok" : "MISSED"}: ${promise}: ${measured}`);
}
process.exitCode = bars.every(({ holds }) => holds) ? 0 : 1;
