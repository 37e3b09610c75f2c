import { createHash } from "node:crypto";
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { errorCodeOf } from "../../domain/disk-error.ts";
import { filesOf, MODEL_KINDS, type ModelKind, type ModelKindName } from "./model-kinds.ts";
import { languageOfProperty, languagesInName, languagesOfLexicons } from "./model-languages.ts";
import { MAX_NOTE_BYTES, type ModelNote, NOTE_FILE, parseNote } from "./model-note.ts";
import { readOnnxMetadata } from "./onnx-metadata.ts";
import { type FindOptions, pickFiles, Unusable } from "./pick-files.ts";

/** A model of the operator's that can be tried: its files are there and whole. */
export type SherpaModel = {
  /** Its folder's name; voices are named by it. */
  name: string;
  folder: string;
  /** For people. */
  title: string;
  kind: ModelKindName;
  task: ModelKind["task"];
  /** BCP 47; empty when not known, or for any language. */
  languages: string[];
  /** How many voices it has; null when that is known after loading only. */
  speakers: number | null;
  /** Their names from 0 on, as far as known. */
  speakerNames: string[];
  /** Paths by the package's option; several lexicons are separated by commas. */
  files: Record<string, string>;
  /** Paths of text normalisation rules. */
  rules: { fsts: string[]; fars: string[] };
  note: ModelNote;
  /** Changes when a file is replaced. */
  fingerprint: string;
};

export type FoundModel =
  | ({ usable: true } & SherpaModel)
  /** Why it cannot be used, with the remedy. */
  | { usable: false; name: string; folder: string; reason: string };

/**
 * The operator's models: one folder each, as the release archives of sherpa-onnx unpack, in the order
 * of their names. Nothing is loaded: an archive's files are told by their names, and an ONNX file's
 * kind, speakers and wholeness by its properties. `vocative.json` in a folder overrides what is found.
 * @throws AppError FILE_NOT_FOUND when there is no such folder, FILE_UNREADABLE.
 */
export function findModels(folder: string, options: FindOptions = {}): FoundModel[] {
  const shared = entriesOf(folder);
  return shared
    .filter((entry) => isFolder(folder, entry) && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      try {
        return { usable: true, ...readModel({ root: folder, shared, name, options }) };
      } catch (thrown) {
        const at = join(folder, name);
        if (thrown instanceof Unusable) {
          return { usable: false, name, folder: at, reason: thrown.message };
        }
        const code = errorCodeOf(thrown);
        if (code === undefined) throw thrown;
        return { usable: false, name, folder: at, reason: `cannot be read (${code})` };
      }
    });
}

type Place = { root: string; shared: Dirent[]; name: string; options: FindOptions };

function readModel(place: Place): SherpaModel {
  const { root, name } = place;
  const folder = join(root, name);
  const names = readdirSync(folder);
  const note = names.includes(NOTE_FILE) ? readNote(folder) : {};
  const properties = createPropertyReader();
  const kind = note.kind ?? tellKind(folder, names, properties);
  const files = pickFiles({ ...place, folder, names, kind, note });
  const [known = new Map()] = Object.values(files).filter(isOnnx).map(properties);
  if (files["dataDir"] !== undefined) requireData(files["dataDir"]);
  const rules = rulesAmong(folder, names);
  if ((rules.fsts.length > 0 || "lexicon" in files) && folder.includes(",")) {
    throw new Unusable("has a comma in its path, which the engine cannot take: rename the folder");
  }
  return {
    name,
    folder,
    title: note.name ?? name,
    kind,
    task: MODEL_KINDS[kind].task,
    languages: note.languages ?? languagesOf(name, names, known),
    speakers: speakersOf(known, kind),
    speakerNames: note.speakers ?? namesOfSpeakers(known),
    files,
    rules,
    note,
    fingerprint: fingerprintOf(files, note),
  };
}

/** A file's properties by its path. */
type Properties = (path: string) => Map<string, string>;

/** Tells a model's kind by its files, its maker's properties and its folder's name. */
function tellKind(folder: string, names: string[], properties: Properties): ModelKindName {
  const name = basename(folder);
  const inside = names.filter((file) => isOnnx(file) || file.endsWith(".ort"));
  if (inside.length === 0) {
    throw new Unusable("holds no .onnx file: unpack a release of sherpa-onnx here");
  }
  if (/streaming/i.test(name) && !/non-?streaming/i.test(name)) {
    throw new Unusable("is a streaming model, which is not used here: take a non-streaming one");
  }
  const fitting = kindNames().filter((kind) => isComplete(kind, names));
  // Its encoder may have the properties of the CTC model it was made of.
  if (fitting.includes("transducer")) return "transducer";
  const read = inside.filter(isOnnx).map((file) => properties(join(folder, file)));
  const types = read.map((known) => known.get("model_type"));
  const told = (kind: ModelKindName) => {
    const { type, title }: ModelKind = MODEL_KINDS[kind];
    if (types.some((one) => one !== undefined && type?.test(one))) return 2;
    return title?.test(name) ? 1 : 0;
  };
  const named = kindNames()
    .filter((kind) => told(kind) > 0)
    .sort((a, b) => told(b) - told(a));
  const chosen =
    named.find((kind) => fitting.includes(kind)) ??
    named[0] ??
    fitting.find((kind) => kind === "pocket" || kind === "supertonic");
  if (chosen) return chosen;
  if (read.length === 1 && read[0]?.has("n_speakers")) return "vits";
  throw new Unusable(`is of no kind that is known: name it in ${NOTE_FILE}, as {"kind": "vits"}`);
}

function kindNames(): ModelKindName[] {
  return Object.keys(MODEL_KINDS) as ModelKindName[]; // the keys of a constant table
}

function isComplete(kind: ModelKindName, names: string[]): boolean {
  return Object.values(filesOf(kind)).every(
    ({ named, optional, shared }) => optional || shared || names.some((file) => named.test(file)),
  );
}

function readNote(folder: string): ModelNote {
  const path = join(folder, NOTE_FILE);
  if (statSync(path).size > MAX_NOTE_BYTES) {
    throw new Unusable(`${NOTE_FILE} is larger than ${MAX_NOTE_BYTES} bytes: keep it short`);
  }
  const result = parseNote(readFileSync(path, "utf8"));
  if ("problem" in result) throw new Unusable(`${NOTE_FILE} ${result.problem}`);
  return result.note;
}

/** Reads a file's properties once; a damaged one makes its model unusable. */
function createPropertyReader(): Properties {
  const read = new Map<string, Map<string, string>>();
  return (path) => {
    const known = read.get(path);
    if (known) return known;
    const result = readOnnxMetadata(path);
    if ("damage" in result) {
      const remedy = "download and unpack the archive again";
      throw new Unusable(`${basename(path)} ${result.damage}: ${remedy}`);
    }
    read.set(path, result.properties);
    return result.properties;
  };
}

function isOnnx(file: string): boolean {
  return file.endsWith(".onnx");
}

/** The engine ends its process when one of these is not there. */
function requireData(folder: string): void {
  const lacking = ["phontab", "phonindex", "phondata", "intonations"].find(
    (file) => !statSync(join(folder, file), { throwIfNoEntry: false }),
  );
  if (lacking !== undefined)
    throw new Unusable(`lacks ${basename(folder)}/${lacking}: unpack the archive again`);
}

function languagesOf(name: string, names: string[], known: Map<string, string>): string[] {
  const told = [
    languagesInName(name),
    languageOfProperty(known.get("voice")),
    languageOfProperty(known.get("language")),
    languagesOfLexicons(names.filter((file) => /^lexicon-.*\.txt$/.test(file))),
  ];
  return told.find((languages) => languages.length > 0) ?? [];
}

function speakersOf(known: Map<string, string>, kind: ModelKindName): number | null {
  const { clones }: ModelKind = MODEL_KINDS[kind];
  if (clones) return 1;
  const count = Number(known.get("n_speakers") ?? Number.NaN);
  if (!Number.isSafeInteger(count)) return null;
  return Math.max(1, count); // 0 stands for the one voice of a model without a choice
}

function namesOfSpeakers(known: Map<string, string>): string[] {
  const names = (known.get("speaker_names") ?? "").split(",").map((name) => name.trim());
  return names.every((name) => /^[^\s/]{1,60}$/u.test(name)) ? names : [];
}

/** In the order in which the releases' own examples apply them. */
const RULE_FILES = ["phone.fst", "date.fst", "number.fst", "new_heteronym.fst"];

function rulesAmong(folder: string, names: string[]): SherpaModel["rules"] {
  const there = (wanted: string[]) =>
    wanted.filter((file) => names.includes(file)).map((file) => join(folder, file));
  return { fsts: there(RULE_FILES), fars: there(["rule.far"]) };
}

function fingerprintOf(files: Record<string, string>, note: ModelNote): string {
  const states = Object.entries(files).map(([option, paths]) => [
    option,
    ...paths.split(",").flatMap((path) => {
      const state = statSync(path, { throwIfNoEntry: false });
      return [basename(path), state?.size ?? 0, state?.mtimeMs ?? 0];
    }),
  ]);
  const all = JSON.stringify([states, note]);
  return createHash("sha256").update(all).digest("hex").slice(0, 16);
}

function isFolder(root: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(root, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    const code = errorCodeOf(cause);
    if (code === "ENOENT") {
      const remedy = "make it, or set VOCATIVE_SHERPA_MODELS to another";
      throw new AppError("FILE_NOT_FOUND", `there is no folder of models ${folder}: ${remedy}`, {
        cause,
      });
    }
    const message = `the folder of models ${folder} cannot be read (${code}): check its permissions`;
    throw new AppError("FILE_UNREADABLE", message, { cause });
  }
}
