import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type CampaignOptions,
  campaignOptionsSchema,
} from "../../src/campaign/campaign-options.ts";
import { runCampaign } from "../../src/campaign/run-campaign.ts";
import type { Audio } from "../../src/domain/audio.ts";
import type { Edit } from "../../src/domain/edit.ts";
import type { Rendition } from "../../src/domain/rendition.ts";
import type { Slot } from "../../src/domain/slot.ts";
import type { Template } from "../../src/domain/template.ts";
import { createMediaEngine } from "../../src/media/media-engine.ts";
import type { OutputRecord } from "../../src/ports/output-store.ts";
import { fakeModel } from "../../src/speech/testing/fake-speech.ts";
import { createOutputFolder } from "../../src/storage/output-folder.ts";
import { madeSound } from "./made-sound.ts";

/** How a name is said: seconds at its natural pace, and the seed of its sound. */
export type SpokenName = { seconds: number; seed?: number; levelDb?: number };

export type PersonaliseRequest = {
  base: string;
  /** One recipient each. */
  names: Record<string, SpokenName>;
  options?: Partial<CampaignOptions>;
  /** Instead of hashing the base, which takes long for a huge one. */
  baseHash?: string;
};

export type PersonalisedFile = {
  name: string;
  file: string;
  rendition: Rendition;
  record: OutputRecord;
  /** What was changed of the base, in samples of the template. */
  edit: Edit;
  /** As it was spoken last, before anything was done to it. */
  clip: Audio;
};

export type Personalised = {
  template: Template;
  slot: Slot;
  warnings: string[];
  /** Of those that could be made, in the order of `names`. */
  outputs: PersonalisedFile[];
  /** Of all, in the order of `names`. */
  records: OutputRecord[];
};

export type Studio = {
  /** For fixtures; removed at the end. */
  folder: string;
  /** Runs a campaign through real media workers and a real output folder, with made voices. */
  personalise(request: PersonaliseRequest): Promise<Personalised>;
  close(): Promise<void>;
};

const VOICE_RATE = 22_050;
const WORKERS = 2;

export function createStudio(): Studio {
  const folder = mkdtempSync(path.join(tmpdir(), "vocative-studio-"));
  const media = createMediaEngine({ workers: WORKERS });
  return {
    folder,
    async personalise({ base, names, options, baseHash }) {
      const outdir = mkdtempSync(path.join(folder, "out-"));
      const store = await createOutputFolder({ folder: outdir, keep: "files" });
      const renditions = new Map<string, Rendition>();
      const edits = new Map<Rendition, Edit>();
      const clips = new Map<string, Audio>();
      const seen: {
        template?: Template;
        slot?: Slot;
        warnings: string[];
        records: OutputRecord[];
      } = { warnings: [], records: [] };
      const speech = fakeModel(({ text, speed = 1 }) => {
        const spoken = names[text];
        if (!spoken) throw new Error(`nobody says ${text}`);
        const clip = spokenName({ ...spoken, seconds: spoken.seconds / speed });
        clips.set(text, clip);
        return clip;
      });
      await runCampaign(
        {
          media: {
            ...media,
            async render(request, options) {
              const rendered = await media.render(request, options);
              const [edited] = request.edits;
              if (edited) edits.set(rendered.rendition, edited.edit);
              return rendered;
            },
          },
          speech,
          lipSync: null,
          reference: speech,
          sheets: {
            read: async () => sheetOf(Object.keys(names)),
            describe: async () => ({ columns: ["name"], rows: Object.keys(names).length }),
          },
          hashFile: async (file) => baseHash ?? sha256(readFileSync(file)),
          respell: (text) => text,
        },
        {
          base,
          recipients: "",
          options: { ...campaignOptionsSchema.parse({}), ...options },
          openOutput: async () => ({
            store: {
              ...store,
              publish(file, rendition, template) {
                renditions.set(file, rendition);
                return store.publish(file, rendition, template);
              },
            },
            templates: store,
          }),
          concurrency: 2 * WORKERS,
          signal: new AbortController().signal,
          onEvent(event) {
            if (event.type === "planned" && event.slots[0]) seen.slot = event.slots[0];
            if (event.type === "compiled") seen.template = event.template;
            if (event.type === "warning") seen.warnings.push(event.warning.code);
            if (event.type === "recipient") seen.records.push(event.record);
          },
        },
      );
      await store.close();
      const { template, slot, warnings } = seen;
      if (!template || !slot) throw new Error(`${base} was not compiled`);
      const records = seen.records.toSorted((a, b) => a.row - b.row);
      const outputs = records.flatMap((record) => {
        const rendition = renditions.get(record.file);
        const clip = clips.get(record.name);
        const edit = rendition && edits.get(rendition);
        if (!rendition || !clip || !edit) return [];
        const file = path.join(outdir, record.file);
        return [{ name: record.name, file, rendition, record, edit, clip }];
      });
      return { template, slot, warnings, outputs, records };
    },
    async close() {
      await media.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The sound of a name, without silence around it. */
export function spokenName({ seconds, seed = 7, levelDb = -20 }: SpokenName): Audio {
  const samples = madeSound([{ kind: "speech", seconds, seed, levelDb }], {
    sampleRate: VOICE_RATE,
    noiseDb: null,
  });
  return { samples, sampleRate: VOICE_RATE };
}

function sheetOf(names: string[]) {
  return { columns: ["name"], rows: names.map((name, i) => ({ row: i + 2, cells: [name] })) };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
