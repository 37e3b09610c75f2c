import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "../../domain/app-error.ts";

/** A box of an ISO base media file (ISO/IEC 14496-12), either a container or a leaf. */
export type Box =
  | { type: string; children: Box[] }
  /** `data` is what follows the box header; for a full box it begins with version and flags. */
  | { type: string; data: Buffer };

/** Where a top-level box lies in its file, in bytes. */
export type BoxLocation = { type: string; offset: number; size: number; headerSize: number };

const CONTAINERS = new Set(["moov", "trak", "mdia", "minf", "stbl", "edts"]);
/** moov/trak/mdia/minf/stbl is the deepest there is. */
const MAX_DEPTH = 5;
const MAX_TOP_LEVEL_BOXES = 200_000;
const MAX_MOOV_BYTES = 256 * 2 ** 20;

/**
 * Lists the boxes of a file without reading their contents.
 * @throws AppError MEDIA_UNREADABLE when a box reaches beyond the end of the file (truncated).
 */
export async function listBoxes(file: FileHandle, name: string): Promise<BoxLocation[]> {
  const { size: fileSize } = await file.stat();
  const boxes: BoxLocation[] = [];
  const header = Buffer.alloc(16);
  for (let offset = 0; offset + 8 <= fileSize; ) {
    await file.read(header, 0, 16, offset);
    const type = header.toString("latin1", 4, 8);
    let size = header.readUInt32BE(0);
    const headerSize = size === 1 ? 16 : 8;
    if (size === 1) size = Number(header.readBigUInt64BE(8));
    if (size === 0) size = fileSize - offset; // up to the end of the file
    if (size < headerSize || boxes.length >= MAX_TOP_LEVEL_BOXES) {
      throw new AppError(
        "MEDIA_UNREADABLE",
        `${name} is damaged: its box ${type} has no valid size`,
      );
    }
    if (offset + size > fileSize) {
      const missing = offset + size - fileSize;
      throw new AppError(
        "MEDIA_UNREADABLE",
        `${name} is truncated: ${missing} bytes of it are missing at the end; copy or export it again`,
      );
    }
    boxes.push({ type, offset, size, headerSize });
    offset += size;
  }
  return boxes;
}

/** Reads and parses the movie box; null when the file has none. */
export async function readMovieBox(
  file: FileHandle,
  boxes: BoxLocation[],
  name: string,
): Promise<{ type: string; children: Box[] } | null> {
  const location = boxes.find((box) => box.type === "moov");
  if (!location) return null;
  if (location.size > MAX_MOOV_BYTES) {
    throw new AppError(
      "MEDIA_UNSUPPORTED",
      `the index of ${name} is ${location.size} bytes, more than ${MAX_MOOV_BYTES}; export it as MP4 again`,
    );
  }
  const bytes = Buffer.alloc(location.size);
  await file.read(bytes, 0, location.size, location.offset);
  const [moov] = parseBoxes({ bytes, from: 0, to: bytes.length }, 0, name);
  return moov && "children" in moov ? moov : null;
}

export async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new AppError("FILE_NOT_FOUND", `cannot read ${path}: check the path and permissions`, {
      cause,
    });
  }
}

type Part = { bytes: Buffer; from: number; to: number };

function parseBoxes({ bytes, from, to }: Part, depth: number, name: string): Box[] {
  const boxes: Box[] = [];
  let offset = from;
  while (offset + 8 <= to) {
    let size = bytes.readUInt32BE(offset);
    let headerSize = 8;
    const type = bytes.toString("latin1", offset + 4, offset + 8);
    if (size === 1 && offset + 16 <= to) {
      size = Number(bytes.readBigUInt64BE(offset + 8));
      headerSize = 16;
    }
    if (size === 0) {
      if (type === "\0\0\0\0") break; // QuickTime ends some lists with four zero bytes
      size = to - offset;
    }
    if (size < headerSize || offset + size > to) {
      throw new AppError(
        "MEDIA_UNREADABLE",
        `${name} is damaged: its box ${type} has no valid size`,
      );
    }
    const contents = { bytes, from: offset + headerSize, to: offset + size };
    boxes.push(
      CONTAINERS.has(type) && depth < MAX_DEPTH
        ? { type, children: parseBoxes(contents, depth + 1, name) }
        : { type, data: bytes.subarray(contents.from, contents.to) },
    );
    offset += size;
  }
  return boxes;
}

export function boxSize(box: Box): number {
  if ("data" in box) return 8 + box.data.length;
  return 8 + box.children.reduce((sum, child) => sum + boxSize(child), 0);
}

export function writeBox(box: Box): Buffer {
  const size = boxSize(box);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(size, 0);
  header.write(box.type, 4, "latin1");
  return Buffer.concat(
    "data" in box ? [header, box.data] : [header, ...box.children.map(writeBox)],
  );
}

/** The first descendant along `path`, or undefined. */
export function findBox(parent: Box, ...path: string[]): Box | undefined {
  let box: Box | undefined = parent;
  for (const type of path) {
    if (!box || !("children" in box)) return undefined;
    box = box.children.find((child) => child.type === type);
  }
  return box;
}

/** The contents of the first leaf along `path`, or undefined. */
export function findData(parent: Box, ...path: string[]): Buffer | undefined {
  const box = findBox(parent, ...path);
  return box && "data" in box ? box.data : undefined;
}

export function childrenOf(box: Box, type: string): Box[] {
  return "children" in box ? box.children.filter((child) => child.type === type) : [];
}

/** Byte offset of `target` (its header) inside `root`, which begins at `start`. */
export function offsetOf(root: Box, target: Box, start: number): number {
  const found = search(root, target, start);
  if (found === null) throw new Error(`box ${target.type} is not inside ${root.type}`);
  return found;
}

function search(box: Box, target: Box, at: number): number | null {
  if (box === target) return at;
  if (!("children" in box)) return null;
  let offset = at + 8;
  for (const child of box.children) {
    const found = search(child, target, offset);
    if (found !== null) return found;
    offset += boxSize(child);
  }
  return null;
}
