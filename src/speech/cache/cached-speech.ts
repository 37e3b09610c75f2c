import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { Speech, SpeechModel } from "../../ports/speech-model.ts";
import { checkSignal } from "../text/request-text.ts";
import { decodeClip, encodeClip } from "./clip-file.ts";

/** Part of every key: a change of the clip file's form makes all former files unknown. */
const FORM = "vocative clip 1";
const SHARD = /^[0-9a-f]{2}$/;
const OWN_FILE = /^[0-9a-f]{64}\.(wav|[0-9a-f-]{36}\.part)$/;

export type CachedSpeech = SpeechModel & {
  /** Requests answered without the model: from a file, or by a synthesis already under way. */
  readonly hits: number;
  /** Requests the model was asked for. */
  readonly misses: number;
};

export type ClearedCache = { clearedDir: string; removedFiles: number; removedDirs: number };

type Flight = { speech: Promise<Speech>; controller: AbortController; waiting: number };

/**
 * Keeps the model's clips in `folder`, one file each, named by the hash of the model's key. Requests
 * with one key at one time share one synthesis, which is cancelled when nobody waits for it any more.
 * A failure is not kept, a damaged file is made anew, and a clip that cannot be written is a warning.
 */
export function createCachedSpeech(
  model: SpeechModel,
  { folder }: { folder: string },
): CachedSpeech {
  const flights = new Map<string, Flight>();
  const counts = { hits: 0, misses: 0 };

  async function obtain(path: string, synthesise: () => Promise<Speech>): Promise<Speech> {
    const kept = await readClip(path);
    if (kept) {
      counts.hits++;
      return kept;
    }
    counts.misses++;
    const speech = await synthesise();
    const problem = await writeClip(path, speech);
    if (problem === null) return speech;
    const message = `the clip could not be kept in ${folder}: ${problem}`;
    return { ...speech, warnings: [...speech.warnings, { code: "CLIP_NOT_CACHED", message }] };
  }

  return {
    provider: model.provider,
    get hits() {
      return counts.hits;
    },
    get misses() {
      return counts.misses;
    },
    cacheKey: (request) => model.cacheKey(request),
    async speak(request, { signal }) {
      checkSignal(signal);
      const path = clipPath(folder, model.cacheKey(request));
      const joined = flights.get(path);
      const flight = joined ?? takeOff(path, (shared) => model.speak(request, { signal: shared }));
      flight.waiting++;
      try {
        const speech = await unlessAborted(flight.speech, signal);
        if (!joined) return speech;
        counts.hits++;
        // Each caller may change its own samples.
        return structuredClone(speech);
      } finally {
        flight.waiting--;
        if (flight.waiting === 0) land(path, flight);
      }
    },
    close: () => model.close(),
  };

  function takeOff(path: string, speak: (signal: AbortSignal) => Promise<Speech>): Flight {
    const controller = new AbortController();
    const speech = obtain(path, () => speak(controller.signal));
    speech.catch(() => {}); // reported to those who wait, of whom there may be none left
    const flight = { speech, controller, waiting: 0 };
    flights.set(path, flight);
    return flight;
  }

  function land(path: string, flight: Flight): void {
    flight.controller.abort();
    if (flights.get(path) === flight) flights.delete(path);
  }
}

/**
 * Removes what `createCachedSpeech` has put in `folder` and nothing else: only its own file names, no
 * links, and of the folders only those of its own that are empty then.
 */
export async function clearSpeechCache(folder: string): Promise<ClearedCache> {
  const cleared = { clearedDir: folder, removedFiles: 0, removedDirs: 0 };
  for (const shard of await entriesOf(folder)) {
    if (!shard.isDirectory() || !SHARD.test(shard.name)) continue;
    const path = join(folder, shard.name);
    for (const file of await entriesOf(path)) {
      if (!file.isFile() || !OWN_FILE.test(file.name)) continue;
      await rm(join(path, file.name), { force: true });
      cleared.removedFiles++;
    }
    if (await removedEmpty(path)) cleared.removedDirs++;
  }
  return cleared;
}

function clipPath(folder: string, key: string): string {
  const hash = createHash("sha256").update(`${FORM}\n${key}`).digest("hex");
  return join(folder, hash.slice(0, 2), `${hash}.wav`);
}

async function readClip(path: string): Promise<Speech | null> {
  const bytes = await readFile(path).catch(() => null);
  return bytes && decodeClip(bytes);
}

/** @returns why it was not written, or null. */
async function writeClip(path: string, speech: Speech): Promise<string | null> {
  const part = path.replace(/wav$/, `${randomUUID()}.part`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(part, encodeClip(speech));
    await rename(part, path);
    return null;
  } catch (thrown) {
    await rm(part, { force: true }).catch(() => {});
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new AppError("CANCELLED", "cancelled"));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

async function removedEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch {
    return false; // something of someone else's is in it
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
}
