import { readdir, readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";

/** A document in the folder, as it is now. */
export type DocumentFile = {
  /** Below the folder, with `/`. */
  file: string;
  /** Its path without symbolic links. */
  path: string;
  sizeBytes: number;
  /** Changes when the file does. */
  stamp: string;
};

const DOCUMENT = /\.(?:md|txt)$/iu;
/** A folder that has more was chosen by mistake. */
const MOST_FILES = 5000;

/**
 * The documents (`.md`, `.txt`) in a folder and in those below it, by name. What begins with a dot is
 * left out, and so is a symbolic link to something outside of the folder or to a folder.
 * @throws AppError LANGUAGE_FAILED when the folder cannot be read or has too many.
 */
export async function listDocuments(
  folder: string,
  { signal }: { signal: AbortSignal },
): Promise<DocumentFile[]> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  const found: DocumentFile[] = [];
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    checkSignal(signal);
    const entries = await readdir(next, { withFileTypes: true }).catch((cause: unknown) => {
      throw unreadable(folder, cause);
    });
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const at = path.join(next, entry.name);
      if (entry.isDirectory()) waiting.push(at);
      if (!DOCUMENT.test(entry.name) || !(entry.isFile() || entry.isSymbolicLink())) continue;
      const one = await documentAt(root, at);
      if (one) found.push(one);
      if (found.length > MOST_FILES) throw tooMany(folder);
    }
  }
  return found.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** Null for what is no file inside of the folder, or not there any more. */
async function documentAt(root: string, at: string): Promise<DocumentFile | null> {
  try {
    const real = await realpath(at);
    if (!real.startsWith(root + path.sep)) return null;
    const { mtimeMs, ctimeMs, size, ino } = await stat(real);
    const file = path.relative(root, at).replaceAll(path.sep, "/");
    return { file, path: real, sizeBytes: size, stamp: `${ino} ${mtimeMs} ${ctimeMs} ${size}` };
  } catch {
    return null;
  }
}

/** A document's text: UTF-8, or UTF-16 with its mark; null when it is neither. */
export async function readDocument({ path: at }: DocumentFile): Promise<string | null> {
  const bytes = await readFile(at).catch(() => null);
  if (!bytes) return null;
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function unreadable(folder: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `the folder of documents ${folder} cannot be read (${reason}): name one with .md or .txt files`;
  return new AppError("LANGUAGE_FAILED", message, { cause });
}

function tooMany(folder: string): AppError {
  const message = `the folder of documents ${folder} has more than ${MOST_FILES} documents: name a smaller one`;
  return new AppError("LANGUAGE_FAILED", message);
}
