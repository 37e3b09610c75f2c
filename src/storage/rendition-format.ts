import { basename, relative, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../domain/app-error.ts";
import type { Piece, Rendition } from "../domain/rendition.ts";
import type { Template } from "../domain/template.ts";
import { isPlainName, TEMPLATE_ID } from "./output-layout.ts";

/**
 * A rendition as bytes: one line of JSON, then its own bytes one after the other. A piece is
 * `[offset, length]` of the template or `[length]` of the own bytes.
 */
const VERSION = 1;
const MAX_HEAD_BYTES = 16 * 2 ** 20;
const NEWLINE = 0x0a;

const count = z.int().nonnegative();

/** Which template a rendition needs, and the name of the playable file in the template's folder. */
export const templateReference = z.object({
  id: z.string().regex(TEMPLATE_ID),
  file: z.string().refine(isPlainName),
  sizeBytes: count,
});
export type TemplateReference = z.infer<typeof templateReference>;

const head = z.object({
  version: z.literal(VERSION),
  template: templateReference,
  size: count,
  crc32: count.max(0xffffffff),
  mediaType: z.string().regex(/^[\w.+-]{1,64}\/[\w.+-]{1,64}$/),
  pieces: z.array(z.union([z.tuple([count, count]), z.tuple([count])])),
});

export type DecodedRendition = { rendition: Rendition; template: TemplateReference };

/**
 * How a rendition says which template it needs.
 * @throws AppError INTERNAL for a template that is not kept in `folder`.
 */
export function referenceTo(template: Template, folder: string): TemplateReference {
  const { id, sizeBytes } = template;
  const file = relative(template.folder, resolve(template.folder, template.file));
  if (resolve(template.folder) !== folder || file !== basename(file)) {
    throw new AppError("INTERNAL", `the template ${id} is not kept in ${folder}`);
  }
  return { id, file, sizeBytes };
}

/** @param name What an error calls the rendition. */
export function encodeRendition({ rendition, template }: DecodedRendition, name: string): Buffer {
  const own: Uint8Array[] = [];
  const pieces = rendition.pieces.map((piece): [number, number] | [number] => {
    if ("bytes" in piece) {
      own.push(piece.bytes);
      return [piece.bytes.length];
    }
    if (piece.template !== template.id) {
      throw new AppError("INTERNAL", `${name} has pieces of two templates`);
    }
    return [piece.offset, piece.length];
  });
  const { size, crc32, mediaType } = rendition;
  const line = { version: VERSION, template, size, crc32, mediaType, pieces } as const;
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(line satisfies z.infer<typeof head>)}\n`),
    ...own,
  ]);
}

/**
 * What `encodeRendition` made; it shares the memory of `bytes`. Nothing in them is believed: every
 * piece lies within the template's stated size or the own bytes, and all of them add up.
 * @param name What an error calls the rendition.
 * @throws AppError FILE_UNREADABLE.
 */
export function decodeRendition(bytes: Buffer, name: string): DecodedRendition {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0 || end > MAX_HEAD_BYTES)
    throw unreadableRendition(name, "its first line does not end");
  const { success, data } = head.safeParse(parsedJson(bytes.toString("utf8", 0, end)));
  if (!success) throw unreadableRendition(name, "its first line is none of a rendition");
  const { template, crc32, size, mediaType } = data;

  const pieces: Piece[] = [];
  let total = 0;
  let own = end + 1;
  for (const [first, second] of data.pieces) {
    if (second === undefined) {
      if (first > bytes.length - own) throw unreadableRendition(name, "it is cut short");
      pieces.push({ bytes: bytes.subarray(own, own + first) });
      own += first;
    } else {
      if (second > template.sizeBytes - first) {
        throw unreadableRendition(name, "a piece lies outside its template");
      }
      pieces.push({ template: template.id, offset: first, length: second });
    }
    total += second ?? first;
  }
  if (own !== bytes.length) throw unreadableRendition(name, "it has bytes of no piece");
  if (total !== size)
    throw unreadableRendition(name, `its pieces have ${total} bytes, not ${size}`);
  return { rendition: { pieces, size, crc32, mediaType }, template };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function unreadableRendition(name: string, reason: string, cause?: unknown): AppError {
  const message = `${name} is not a sound rendition (${reason}): run the campaign again`;
  return new AppError("FILE_UNREADABLE", message, { cause });
}
