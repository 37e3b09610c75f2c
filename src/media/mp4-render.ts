import { AppError } from "../domain/app-error.ts";
import type { Seams } from "../domain/seams.ts";
import type { Rendered, RenderRequest } from "../ports/media-engine.ts";
import { type Input, openInput } from "./libav/input.ts";
import { indexPatches, type SlotChange } from "./mp4/index-patches.ts";
import { entryOffset } from "./mp4/tables.ts";
import { placePictures } from "./mp4-pictures.ts";
import { readOldPackets, type SiteScope, type SplicedSite, spliceSite } from "./mp4-sound.ts";
import type { Mp4Context, TemplateSound } from "./template-context.ts";
import { openTemplate, type Patch, patchTemplate, type TemplateReader } from "./template-file.ts";

export type Mp4Renderer = {
  render(request: Omit<RenderRequest, "template">): Rendered;
  [Symbol.dispose](): void;
};

type Scope = {
  id: string;
  context: Mp4Context;
  reader: TemplateReader;
  input: Input;
  /** One for each slot. */
  sites: SiteScope[];
};

export function createMp4Renderer(
  template: { id: string; file: string },
  context: Mp4Context,
  sound: TemplateSound,
): Mp4Renderer {
  const reader = openTemplate(template.file);
  const input = openInput(template.file);
  const profile = { ...context.profile, tone: sound.tone };
  const sites = context.sites.map((site, slot): SiteScope => {
    const planes = sound.planes[slot] ?? [];
    return { context, site, planes, profile, input, old: readOldPackets(site, reader) };
  });
  const scope: Scope = { id: template.id, context, reader, input, sites };
  return {
    render: (request) => render(scope, request),
    [Symbol.dispose]() {
      reader.close();
      input[Symbol.dispose]();
    },
  };
}

function render(scope: Scope, request: Omit<RenderRequest, "template">): Rendered {
  const { context, reader, sites } = scope;
  const { edits } = request;
  if (edits.length !== sites.length) {
    throw new AppError(
      "SLOT_INVALID",
      `${edits.length} edits were given for ${sites.length} slots: give one for each`,
    );
  }
  const patches: Patch[] = [];
  const slots: SlotChange[] = [];
  const spliced: SplicedSite[] = [];
  for (const [slot, site] of sites.entries()) {
    const edit = edits[slot];
    if (!edit) continue;
    const made = spliceSite(site, edit, request);
    spliced.push(made);
    const { packets, longer, atEnd } = made;
    const stretch = context.stretches.find((one) => one.slot === slot);
    const placed = edit.pictures && stretch && placePictures(stretch, edit.pictures);
    slots.push({ packets, longer, atEnd, pictures: placed?.change ?? null });
    patches.push(...made.patches, ...(placed?.patches ?? []));
  }
  const size = spliced.at(-1)?.fileEnd ?? context.sizeBytes;
  const { sampleRate, origin, end, index } = context;
  patches.push(
    ...indexPatches(index, {
      ...{ slots, sampleRate, origin, end },
      mediaDataBytes: size - context.sizeBytes,
      readKeys: (first) => readKeys(scope, first),
    }),
  );
  const rendition = patchTemplate(
    { id: scope.id, reader, sizeBytes: context.sizeBytes, mediaType: context.mediaType },
    patches,
    size,
  );
  const heard = spliced.flatMap((one) => (one.heard ? [one.heard] : []));
  return {
    rendition,
    seams: worstOf(spliced.map(({ seams }) => seams)),
    ...(request.listen && { heard }),
  };
}

/** Numbers of the key samples from entry `first` of their table on, as they stand there: from 1. */
function readKeys({ context, reader }: Scope, first: number): number[] {
  const tables = context.index.picture?.tables;
  const count = (tables?.boxes.find(({ type }) => type === "stss")?.entries ?? 0) - first;
  if (!tables || count <= 0) return [];
  const bytes = reader.read(entryOffset(tables, "stss", first), 4 * count);
  return Array.from({ length: count }, (_, i) => bytes.readUInt32BE(4 * i));
}

function worstOf(seams: readonly Seams[]): Seams {
  const worst = (of: (one: Seams) => number) => Math.max(...seams.map(of));
  return {
    clickDb: worst(({ clickDb }) => clickDb),
    loudnessLu: worst(({ loudnessLu }) => loudnessLu),
    noiseFloorDb: worst(({ noiseFloorDb }) => noiseFloorDb),
  };
}
