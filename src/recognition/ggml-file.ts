import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** First number of a model of whisper.cpp. */
const MAGIC = 0x67676d6c;
const HYPERPARAMETERS = 11;
/** Bytes of a block and its number of weights, by type (ggml.h, `ggml_type`). */
const BLOCKS = new Map<number, [bytes: number, weights: number]>([
  [0, [4, 1]],
  [1, [2, 1]],
  [2, [18, 32]],
  [3, [20, 32]],
  [6, [22, 32]],
  [7, [24, 32]],
  [8, [34, 32]],
  [10, [84, 256]],
  [11, [110, 256]],
  [12, [144, 256]],
  [13, [176, 256]],
  [14, [210, 256]],
  [30, [2, 1]],
]);
const MAX_DIMENSIONS = 4;
const MAX_NAME_BYTES = 256;
const MAX_VOCABULARY = 200_000;
const VOCABULARY_READ = 65_536;

/**
 * Looks through a model of whisper.cpp (ggml; the format is that of its convert-pt-to-ggml.py) without
 * its weights: the engine itself takes a file that was cut off for an empty model and ends its process.
 * @returns Why it is none, for a sentence that begins with its name; null when it is whole, or of a
 * newer kind that cannot be told.
 * @throws The file system's error when it cannot be read.
 */
export function ggmlDamage(
  path: string,
): "is no model of whisper.cpp (ggml)" | "is cut off" | null {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const numbersAt = (at: number, count: number): number[] => {
      const bytes = Buffer.alloc(4 * count);
      const read = readSync(file, bytes, 0, bytes.length, at);
      return Array.from({ length: Math.floor(read / 4) }, (_, index) =>
        bytes.readInt32LE(4 * index),
      );
    };
    if (numbersAt(0, 1)[0] !== MAGIC) return "is no model of whisper.cpp (ggml)";
    const filters = 4 + 4 * HYPERPARAMETERS;
    const [mels = 0, frequencies = 0] = numbersAt(filters, 2);
    const vocabulary = filters + 8 + 4 * mels * frequencies;
    let at = endOfVocabulary(file, vocabulary, numbersAt(vocabulary, 1)[0]);
    if (at === null) return "is cut off";
    for (let tensors = 0; at < size; tensors++) {
      const [dimensions = 0, nameBytes = 0, type] = numbersAt(at, 3);
      if (type === undefined) return "is cut off";
      if (dimensions < 1 || dimensions > MAX_DIMENSIONS || nameBytes > MAX_NAME_BYTES) return null;
      const shape = numbersAt(at + 12, dimensions);
      const block = BLOCKS.get(type);
      if (!block) return null;
      const weights = shape.reduce((product, length) => product * length, 1);
      at += 12 + 4 * dimensions + nameBytes + (weights / block[1]) * block[0];
      if (at === size) return tensors > 0 ? null : "is cut off";
    }
    return "is cut off";
  } finally {
    closeSync(file);
  }
}

/** Where the tensors begin; null when the file ends before. */
function endOfVocabulary(file: number, start: number, count: number | undefined): number | null {
  if (count === undefined || count < 1 || count > MAX_VOCABULARY) return null;
  let window = { at: -1, bytes: Buffer.alloc(0) };
  let at = start + 4;
  for (let entry = 0; entry < count; entry++) {
    if (window.at < 0 || at + 4 > window.at + window.bytes.length) {
      const bytes = Buffer.alloc(VOCABULARY_READ);
      window = { at, bytes: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, at)) };
      if (window.bytes.length < 4) return null;
    }
    const length = window.bytes.readUInt32LE(at - window.at);
    if (length > MAX_NAME_BYTES) return null;
    at += 4 + length;
  }
  return at;
}
