import { type Dirent, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { filesOf, type ModelKindName } from "./model-kinds.ts";
import { type ModelNote, NOTE_FILE } from "./model-note.ts";

export type FindOptions = {
  /** Of a file that is there in both, take the one with 8-bit weights: faster, a little coarser. */
  preferInt8?: boolean;
};

/** A folder that is no usable model; the message says why, with the remedy. */
export class Unusable extends Error {}

export type Picking = {
  root: string;
  /** What lies in the root. */
  shared: Dirent[];
  folder: string;
  /** What lies in the folder. */
  names: string[];
  kind: ModelKindName;
  note: ModelNote;
  options: FindOptions;
};

/**
 * The files of a model by the package's option: those its note names, else those with a release's names.
 * @throws Unusable when one is missing, or named outside the models' folder.
 */
export function pickFiles(picking: Picking): Record<string, string> {
  const { root, folder, names, shared, kind, note, options } = picking;
  const picked: Record<string, string> = {};
  const expected = filesOf(kind);
  for (const [option, given] of Object.entries(note.files ?? {})) {
    if (!(option in expected)) {
      const known = Object.keys(expected).join(", ");
      throw new Unusable(`${NOTE_FILE} names a file ${option}, but a ${kind} model has ${known}`);
    }
    picked[option] = insideOf(root, folder, given);
  }
  for (const [option, { named, optional, shared: elsewhere }] of Object.entries(expected)) {
    if (picked[option] !== undefined) continue;
    const here = names.filter((file) => named.test(file));
    const beside = elsewhere
      ? shared.map(({ name }) => name).filter((file) => named.test(file))
      : [];
    if (option === "lexicon" && here.length > 0) {
      picked[option] = here.map((file) => join(folder, file)).join(",");
    } else if (here.length > 0) picked[option] = join(folder, preferred(here, options));
    else if (beside.length > 0) picked[option] = join(root, preferred(beside, options));
    else if (!optional) throw new Unusable(missing(option, elsewhere === true));
  }
  return picked;
}

function missing(option: string, shared: boolean): string {
  const what: Record<string, string> = {
    tokens: "tokens.txt",
    dataDir: "the folder espeak-ng-data",
    voices: "voices.bin",
    vocoder: "a vocoder (vocos-*.onnx or hifigan*.onnx), which releases ship on its own",
  };
  const where = shared
    ? ": put it here or beside the models' folders"
    : ": unpack the archive again";
  return `lacks ${what[option] ?? `its file for ${option}`}${where}`;
}

function preferred(files: string[], { preferInt8 = false }: FindOptions): string {
  const is8Bit = (file: string) => /[-_.]int8[-_.]/i.test(file);
  const wanted = files.filter((file) => is8Bit(file) === preferInt8);
  const [first = ""] = (wanted.length > 0 ? wanted : files).toSorted(
    (a, b) => a.length - b.length || (a < b ? -1 : 1),
  );
  return first;
}

function insideOf(root: string, folder: string, given: string): string {
  const path = resolve(folder, given);
  const inside = relative(resolve(root), path);
  if (inside === "" || inside.startsWith("..") || resolve(root, inside) !== path) {
    throw new Unusable(`${NOTE_FILE} names ${JSON.stringify(given)}, outside the models' folder`);
  }
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw new Unusable(`${NOTE_FILE} names ${JSON.stringify(given)}, which is not there`);
  }
  return path;
}
