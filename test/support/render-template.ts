import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Edit } from "../../src/domain/edit.ts";
import { ownBytes, type Rendition } from "../../src/domain/rendition.ts";
import type { PictureStretch, Template } from "../../src/domain/template.ts";
import { compile } from "../../src/media/compile.ts";
import { crc32 } from "../../src/media/crc32.ts";
import { encodeSlotPictures } from "../../src/media/libav/slot-pictures.ts";
import { createRendererCache } from "../../src/media/renderers.ts";
import type { EditableSlot, Rendered, SlotEdit } from "../../src/ports/media-engine.ts";
import { codedLuma } from "./frame-code.ts";
import { spokenName } from "./personalise.ts";

/** Compiles bases and renders from them in this process, without a campaign around. */

const FADE = 576;
/** New pictures are numbered from here on. */
export const NEW_PICTURES = 10_000;

/** A slot of seconds `start` to `end` whose sound and pictures may change. */
export function slotAt(
  start: number,
  end: number,
  {
    growable = true,
    pictures = { start, end: end + 0.2 } as EditableSlot["pictures"],
    until = end + 0.1,
  } = {},
): EditableSlot {
  const from = Math.max(0, start - 0.05);
  return { slot: { start, end }, editable: { start: from, end: until, growable }, pictures };
}

let compiled = 0;
export async function compileBase(request: {
  base: string;
  folder: string;
  slots: EditableSlot[];
  video?: "auto" | "keep";
}) {
  const { base, folder, slots, video = "auto" } = request;
  const name = `template-${++compiled}`;
  mkdirSync(folder, { recursive: true });
  return compile({
    ...{ id: name, base, slots, video, output: "mp4" },
    folder: path.join(folder, name),
    workFolder: path.join(folder, `${name}.part`),
  });
}

/** A name in a slot: what is cut is filled with it, and the sound becomes `packets` packets longer. */
export function nameIn(
  template: Template,
  { slot: { start, end } }: EditableSlot,
  longer = 0,
): { edit: Edit; clip: SlotEdit["clip"] } {
  const samples = (seconds: number) => Math.round(seconds * template.sampleRate);
  const cut = { start: samples(start), end: samples(end) };
  const length = cut.end - cut.start + longer;
  const clipLength = length - 2 * FADE;
  const clip = spokenName({ seconds: clipLength / template.sampleRate });
  return { edit: { cut, fill: { length, clipStart: FADE, clipLength }, fade: FADE }, clip };
}

/** New pictures for a stretch, numbered from `NEW_PICTURES` on. */
export function numberedPictures(template: Template, stretch: PictureStretch, count: number) {
  const { width, height, cuts, maxBytes } = stretch;
  const pictures = Array.from({ length: count }, (_, i) => {
    const bytes = Buffer.alloc((width * height * 3) / 2, 128);
    bytes.set(codedLuma(width, height, NEW_PICTURES + i));
    return bytes;
  });
  const like = path.join(template.folder, stretch.file);
  return encodeSlotPictures({ like, pictures, cuts, maxBytes }).units;
}

const renderers = createRendererCache();

export async function renderTo(
  file: string,
  template: Template,
  edits: SlotEdit[],
): Promise<Rendered & { own: number }> {
  const renderer = await renderers.for(template);
  const rendered = renderer.render({ edits, matchLoudness: null, listen: true });
  writeFileSync(file, bytesOf(template, rendered.rendition));
  return { ...rendered, own: ownBytes(rendered.rendition) };
}

/** The whole file; its length and checksum are what the rendition says. */
export function bytesOf(template: Template, rendition: Rendition): Buffer {
  const whole = readFileSync(template.file);
  const bytes = Buffer.concat(
    rendition.pieces.map((piece) =>
      "bytes" in piece ? piece.bytes : whole.subarray(piece.offset, piece.offset + piece.length),
    ),
  );
  assert.equal(bytes.length, rendition.size);
  assert.equal(crc32(bytes), rendition.crc32);
  return bytes;
}
