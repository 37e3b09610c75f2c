import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { AppError } from "../../domain/app-error.ts";
import { annotate, phoneticSpelling } from "../../domain/pronunciation.ts";

/** How a word or name is to be spoken: `{ written: "Siobhan", spoken: "Shivawn" }`, or in IPA `/ʃɪˈvɔːn/`. */
export type LexiconEntry = { written: string; spoken: string };

export type Lexicon = {
  /** `text` in NFC with every whole word or name of the lexicon in its spoken form. */
  apply(text: string): string;
};

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}]/u;
/** Scripts written without spaces: there, a name may stand directly beside another word. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * Replaces whole words, without regard to case, the longest entry first; what was replaced is not
 * replaced again. Of two entries for one word the later counts.
 */
export function createLexicon(entries: readonly LexiconEntry[]): Lexicon {
  const spoken = new Map(entries.map((one) => [fold(one.written.trim()), one.spoken.trim()]));
  spoken.delete("");
  const byFirst = Map.groupBy(
    [...spoken.keys()].sort((a, b) => b.length - a.length),
    (written) => firstOf(written),
  );
  return {
    apply(given) {
      const text = given.normalize("NFC");
      const folded = fold(text);
      let result = "";
      let index = 0;
      while (index < text.length) {
        const first = firstOf(folded, index);
        const found = byFirst.get(first)?.find((written) => standsAt(folded, written, index));
        const written = text.slice(index, index + (found?.length ?? first.length));
        result += found === undefined ? written : pronounced(written, spoken.get(found) ?? written);
        index += written.length;
      }
      return result;
    },
  };
}

/**
 * Reads spoken forms: UTF-8, `written,spoken` or the same with a tab, one a line, quoted where a field
 * holds a comma; `#` begins a comment line; a first line `written,spoken` is skipped.
 * @throws AppError FILE_NOT_FOUND, or FILE_UNREADABLE with the number of the line at fault.
 */
export async function readLexicon(path: string): Promise<LexiconEntry[]> {
  const text = await readText(path);
  const entries: LexiconEntry[] = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const fields = fieldsOf(line);
    const [written = "", spoken = ""] = fields ?? [];
    if (fields?.length !== 2 || fold(written) === "" || spoken === "") {
      const problem = `line ${index + 1} of the lexicon ${path} is not \`written,spoken\``;
      throw new AppError("FILE_UNREADABLE", `${problem}: quote a field that holds a comma`);
    }
    entries.push({ written, spoken });
  }
  const [header] = entries;
  const headed = header && fold(header.written) === "written" && fold(header.spoken) === "spoken";
  return headed ? entries.slice(1) : entries;
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause) => {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const message = missing ? `no lexicon ${path}` : `the lexicon ${path} cannot be read: ${cause}`;
    throw new AppError(missing ? "FILE_NOT_FOUND" : "FILE_UNREADABLE", message, { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const message = `the lexicon ${path} is not UTF-8: save it as UTF-8 text`;
    throw new AppError("FILE_UNREADABLE", message, { cause });
  }
}

function fieldsOf(line: string): string[] | undefined {
  try {
    const delimiter = line.includes("\t") ? "\t" : ",";
    const [record] = parse(line, { delimiter, trim: true });
    return record;
  } catch {
    return undefined; // the caller names the line
  }
}

/** A spoken form in letters stands for the word, one in IPA goes with it. */
function pronounced(written: string, spoken: string): string {
  const ipa = phoneticSpelling(spoken);
  return ipa === null ? spoken : annotate(written, ipa);
}

function standsAt(text: string, written: string, index: number): boolean {
  if (!text.startsWith(written, index)) return false;
  const end = index + written.length;
  return (
    separate(lastBefore(text, index), firstOf(written)) &&
    separate(lastBefore(written, written.length), firstOf(text, end))
  );
}

/** Whether a word may end between the two characters. */
function separate(left: string, right: string): boolean {
  if (!WORD_CHARACTER.test(left) || !WORD_CHARACTER.test(right)) return true;
  return (UNSPACED.test(left) || UNSPACED.test(right)) && !/\p{M}/u.test(right);
}

/** For comparison: NFC and lower case, character by character, so that places in a text stay the same. */
function fold(text: string): string {
  return text.normalize("NFC").replace(/./gsu, (character) => {
    const lower = character.toLowerCase().replace("ς", "σ");
    return lower.length === character.length ? lower : character;
  });
}

function firstOf(text: string, index = 0): string {
  const code = text.codePointAt(index);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function lastBefore(text: string, index: number): string {
  return [...text.slice(Math.max(0, index - 2), index)].at(-1) ?? "";
}
