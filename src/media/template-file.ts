import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { AppError } from "../domain/app-error.ts";
import { diskError } from "../domain/disk-error.ts";
import { lengthOf, type Piece, type Rendition } from "../domain/rendition.ts";
import { appendCrc, crc32, removePrefixCrc } from "./crc32.ts";

/** The CRC of the file so far is noted every this many bytes, so that any range's CRC is cheap. */
const CHECKPOINT_BYTES = 16 * 1024;
const COPY_BYTES = 2 ** 20;

export type TemplateWriter = {
  /** Bytes written so far. */
  position(): number;
  write(bytes: Uint8Array): Promise<void>;
  /** Copies a range of another file. */
  copy(from: FileHandle, offset: number, length: number): Promise<void>;
  /** Ends the file and writes the checkpoints beside it. */
  finish(): Promise<void>;
  /** Closes the file after a failure. */
  abandon(): Promise<void>;
};

export function checkpointFile(template: string): string {
  return `${template}.crc`;
}

/** Writes a template file from front to back, noting CRC checkpoints. */
export async function createTemplateWriter(path: string): Promise<TemplateWriter> {
  const file = await open(path, "w").catch((cause: unknown) => {
    throw diskError(cause, path);
  });
  const checkpoints: number[] = [];
  let position = 0;
  let crc = 0;

  const note = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) {
      const room = CHECKPOINT_BYTES - (position % CHECKPOINT_BYTES);
      const part = bytes.subarray(at, at + room);
      crc = crc32(part, crc);
      position += part.length;
      at += part.length;
      if (position % CHECKPOINT_BYTES === 0) checkpoints.push(crc);
    }
  };
  const write = async (bytes: Uint8Array): Promise<void> => {
    // Unlike write, it goes on until all is written.
    await file.writeFile(bytes).catch((cause: unknown) => {
      throw diskError(cause, path);
    });
    note(bytes);
  };
  return {
    position: () => position,
    write,
    async copy(from, offset, length) {
      const buffer = Buffer.alloc(Math.min(COPY_BYTES, length));
      for (let done = 0; done < length; ) {
        const wanted = Math.min(buffer.length, length - done);
        const { bytesRead } = await from.read(buffer, 0, wanted, offset + done);
        if (bytesRead === 0) throw new Error(`the base ends ${length - done} bytes too early`);
        await write(buffer.subarray(0, bytesRead));
        done += bytesRead;
      }
    },
    async finish() {
      try {
        await file.sync();
        await file.close();
        await writeFile(checkpointFile(path), Buffer.from(Uint32Array.from(checkpoints).buffer));
      } catch (cause) {
        throw diskError(cause, path);
      }
    },
    abandon: () => file.close().catch(() => {}),
  };
}

export type TemplateReader = {
  read(offset: number, length: number): Buffer;
  /** CRC-32 of a range of the file. */
  crc(offset: number, length: number): number;
  close(): void;
};

export function openTemplate(path: string): TemplateReader {
  const file = openSync(path, "r");
  const raw = readFileSync(checkpointFile(path));
  const checkpoints = new Uint32Array(raw.buffer, raw.byteOffset, raw.byteLength / 4);
  const read = (offset: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    if (readSync(file, bytes, 0, length, offset) === length) return bytes;
    throw new AppError(
      "FILE_UNREADABLE",
      `the template ${path} has become shorter: remove its folder and run again`,
    );
  };
  /** CRC of everything before `offset`. */
  const prefixes = new Map<number, number>();
  const prefix = (offset: number): number => {
    const known = prefixes.get(offset);
    if (known !== undefined) return known;
    const checkpoint = Math.floor(offset / CHECKPOINT_BYTES);
    const start = checkpoint === 0 ? 0 : (checkpoints[checkpoint - 1] ?? 0);
    const from = checkpoint * CHECKPOINT_BYTES;
    const crc = crc32(read(from, offset - from), start);
    if (prefixes.size > 4096) prefixes.clear();
    prefixes.set(offset, crc);
    return crc;
  };
  return {
    read,
    crc: (offset, length) => removePrefixCrc(prefix(offset), prefix(offset + length), length),
    close: () => closeSync(file),
  };
}

/** What stands at `offset` instead: other bytes, or as many of the template's own from elsewhere. */
export type Patch =
  | { offset: number; bytes: Uint8Array }
  | { offset: number; from: number; length: number };

/**
 * The template with some of its bytes overwritten, cut or lengthened at its end to `size`: everything
 * after the last patch and beyond the template's end belongs to a patch.
 */
export function patchTemplate(
  template: { id: string; reader: TemplateReader; sizeBytes: number; mediaType: string },
  patches: Patch[],
  size = template.sizeBytes,
): Rendition {
  const pieces: Piece[] = [];
  let position = 0;
  const takeRange = (from: number, length: number): void => {
    const last = pieces.at(-1);
    const follows = last && "template" in last && last.offset + last.length === from;
    if (follows) last.length += length;
    else pieces.push({ template: template.id, offset: from, length });
    position += length;
  };
  const keepUntil = (offset: number): void => {
    if (offset > position) takeRange(position, offset - position);
  };
  for (const patch of patches.toSorted((a, b) => a.offset - b.offset)) {
    const length = "bytes" in patch ? patch.bytes.length : patch.length;
    if (length === 0) continue;
    if (patch.offset < position) throw new Error(`patches overlap at ${patch.offset}`);
    keepUntil(patch.offset);
    if ("from" in patch) takeRange(patch.from, length);
    else {
      pieces.push({ bytes: patch.bytes });
      position += length;
    }
  }
  keepUntil(size);
  return renditionOf(joinOwn(pieces), template);
}

/** Makes one piece of those of a recipient's own that follow each other. */
function joinOwn(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  let own: Uint8Array[] = [];
  const flush = (): void => {
    if (own.length > 0) joined.push({ bytes: Buffer.concat(own) });
    own = [];
  };
  for (const piece of pieces) {
    if ("bytes" in piece) own.push(piece.bytes);
    else {
      flush();
      joined.push(piece);
    }
  }
  flush();
  return joined;
}

/** Counts a list of pieces up to a rendition. */
export function renditionOf(
  pieces: Piece[],
  template: { reader: TemplateReader; mediaType: string },
): Rendition {
  let size = 0;
  let crc = 0;
  for (const piece of pieces) {
    const length = lengthOf(piece);
    const own =
      "bytes" in piece ? crc32(piece.bytes) : template.reader.crc(piece.offset, piece.length);
    crc = appendCrc(crc, own, length);
    size += length;
  }
  return { pieces, size, crc32: crc, mediaType: template.mediaType };
}
