import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import { forEachConcurrently } from "../../domain/limit-concurrency.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { type BatchingSpeechModel, canSpeakMany } from "../batch/batching-speech-model.ts";
import { decodeClip, encodeClip } from "./clip-file.ts";

/** Part of every key: a change of the clip file's form makes all former files unknown. */
const FORM = "vocative clip 1";
const SHARD = /^[0-9a-f]{2}$/;
/** Batches asked for at a time: the provider's own pace limits its requests, this one our memory. */
const BATCHES_AT_ONCE = 4;
const OWN_FILE = /^[0-9a-f]{64}\.(wav|[0-9a-f-]{36}\.part)$/;

export type CachedSpeech = SpeechModel & {
  /** Requests answered without the model: from a file, or by a synthesis already under way. */
  readonly hits: number;
  /** Requests the model was asked for; of those in a batch, the ones it could answer. */
  readonly misses: number;
};

export type ClearedCache = { clearedDir: string; removedFiles: number; removedDirs: number };

type Flight = { speech: Promise<Speech>; controller: AbortController; waiting: number };

/**
 * Keeps the model's clips in `folder`, one file each, named by the hash of the model's key. Requests
 * with one key at one time share one synthesis, which is cancelled when nobody waits for it any more.
 * A failure is not kept, a damaged file is made anew, and a clip that cannot be written is a warning.
 * With a model that speaks batches, `prepare` keeps what they bring; a `speak` meanwhile for a text that
 * is in one waits for it.
 */
export function createCachedSpeech(
  model: SpeechModel,
  { folder }: { folder: string },
): CachedSpeech {
  const flights = new Map<string, Flight>();
  /** The batches under way by the files they may bring; these promises never fail. */
  const batches = new Map<string, Promise<void>>();
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
      const path = pathOf(request);
      await unlessAborted(batches.get(path) ?? Promise.resolve(), signal);
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
    ...(canSpeakMany(model) && {
      prepare: (requests, { signal }) => prepare(model, requests, signal),
    }),
    close: () => model.close(),
  };

  function pathOf(request: SpeechRequest): string {
    return clipPath(folder, model.cacheKey(request));
  }

  async function prepare(
    batching: BatchingSpeechModel,
    requests: readonly SpeechRequest[],
    signal: AbortSignal,
  ): Promise<void> {
    checkSignal(signal);
    const missing = new Map<string, SpeechRequest>();
    for (const request of requests) {
      const path = pathOf(request);
      if (!missing.has(path) && !(await isKept(path))) missing.set(path, request);
    }
    // What came under way while the disk was asked is left to whoever began it.
    const free = [...missing].filter(([path]) => !flights.has(path) && !batches.has(path));
    const planned = batching.batchesOf(free.map(([, request]) => request));
    const landings = planned.map((batch) => {
      const landed = Promise.withResolvers<void>();
      for (const request of batch) batches.set(pathOf(request), landed.promise);
      return { batch, landed };
    });
    try {
      await forEachConcurrently(landings, BATCHES_AT_ONCE, async ({ batch, landed }) => {
        await speakBatch(batching, batch, signal).finally(() => settle(batch, landed));
      });
    } catch {
      checkSignal(signal);
      // Any other failure shows again, and is told, when the texts are spoken.
    } finally {
      for (const { batch, landed } of landings) settle(batch, landed);
    }
  }

  async function speakBatch(
    batching: BatchingSpeechModel,
    batch: SpeechRequest[],
    signal: AbortSignal,
  ): Promise<void> {
    const speeches = await batching.speakMany(batch, { signal });
    for (const [index, request] of batch.entries()) {
      const speech = speeches[index];
      if (!speech) continue;
      // One that cannot be kept is spoken alone, and then warned of.
      if ((await writeClip(pathOf(request), speech)) === null) counts.misses++;
    }
  }

  function settle(batch: SpeechRequest[], landed: PromiseWithResolvers<void>): void {
    for (const request of batch) {
      const path = pathOf(request);
      if (batches.get(path) === landed.promise) batches.delete(path);
    }
    landed.resolve();
  }

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

function isKept(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
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
