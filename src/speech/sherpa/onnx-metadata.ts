import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What can be told of an ONNX file without loading it. */
export type OnnxMetadata =
  | { properties: Map<string, string> }
  /** Why it is no whole ONNX file, for a sentence that begins with its name. */
  | { damage: string };

/** Fields of ModelProto: onnx.proto3 of the ONNX project. */
const GRAPH = 7;
const METADATA_PROPS = 14;
const WIRE = { varint: 0, eight: 1, bytes: 2, four: 5 };
/** Largest property that is read: lists of names are, tables are not. */
const MAX_PROPERTY_BYTES = 65_536;
const MAX_FIELDS = 10_000;

/**
 * Reads the properties a model's maker has written into an ONNX file, skipping the weights: a few reads
 * whatever the file's size.
 * @throws The file system's error when it cannot be read.
 */
export function readOnnxMetadata(path: string): OnnxMetadata {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    return walk((at, length) => read(file, at, length), size);
  } finally {
    closeSync(file);
  }
}

function walk(readAt: (at: number, length: number) => Buffer, size: number): OnnxMetadata {
  const properties = new Map<string, string>();
  let hasGraph = false;
  let at = 0;
  for (let fields = 0; at < size; fields++) {
    const head = readAt(at, 20);
    const tag = readVarint(head, 0);
    const field = tag && Math.floor(tag.value / 8);
    const wire = tag && tag.value % 8;
    const value = tag && readVarint(head, tag.end);
    if (!tag || !value || !field || field > 100 || fields > MAX_FIELDS) return notOnnx(hasGraph);
    if (wire === WIRE.varint) at += value.end;
    else if (wire === WIRE.eight) at += tag.end + 8;
    else if (wire === WIRE.four) at += tag.end + 4;
    else if (wire === WIRE.bytes) {
      const start = at + value.end;
      at = start + value.value;
      if (at > size) return hasGraph || field === GRAPH ? { damage: "is cut off" } : notOnnx(false);
      if (field === GRAPH) hasGraph = true;
      if (field === METADATA_PROPS && value.value <= MAX_PROPERTY_BYTES) {
        const [key, text] = readEntry(readAt(start, value.value));
        properties.set(key, text);
      }
    } else return notOnnx(hasGraph);
  }
  return hasGraph ? { properties } : notOnnx(false);
}

function notOnnx(hasGraph: boolean): OnnxMetadata {
  return { damage: hasGraph ? "is damaged" : "is no ONNX model" };
}

/** A StringStringEntryProto: key and value. */
function readEntry(bytes: Buffer): [key: string, value: string] {
  const texts = ["", "", ""];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const length = tag && readVarint(bytes, tag.end);
    if (!tag || !length || tag.value % 8 !== WIRE.bytes) break;
    const end = length.end + length.value;
    texts[Math.floor(tag.value / 8)] = bytes.toString("utf8", length.end, end);
    at = end;
  }
  return [texts[1] ?? "", texts[2] ?? ""];
}

/** A base-128 number up to 2^53 (Protocol Buffers encoding guide), and where it ends. */
function readVarint(bytes: Buffer, from: number): { value: number; end: number } | null {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: from + index + 1 };
  }
  return null;
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}
