import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import { rm } from "node:fs/promises";
import { AppError, toAppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import { waitFor } from "../../remote/pace.ts";
import {
  type ClientOverrides,
  createProviderClient,
  type ProviderClientOptions,
} from "../../remote/provider-client.ts";
import { checkMade, type Probe, requireInput } from "./check-made.ts";
import type { EngineJob, FileEngine } from "./file-engine.ts";
import {
  addressesBody,
  filesBody,
  type Generation,
  readGeneration,
  syncRefusal,
} from "./sync-wire.ts";

export type SyncApiOptions = Pick<ClientOverrides, "fetch" | "clock" | "wait" | "timeoutMs"> & {
  apiKey: string;
  /** `https://api.sync.so` when left out. */
  baseUrl?: string;
  /** `lipsync-2` when left out. */
  model?: string;
  /** Seconds of video that this engine may have made in all, as they cost money; no limit when null. */
  maxSeconds: number | null;
  /** Gets sync.so's own notification of each result; nothing here depends on it. */
  webhookUrl?: string;
  /**
   * Puts a file where sync.so can fetch it. Then only the new words' stretch is changed (`segments`);
   * without it the files are sent, and the whole sound is put into the lips.
   */
  publish?: (file: string, options: { signal: AbortSignal }) => Promise<string>;
  /** Videos in the making at a time: what the account's plan allows; 1 when left out. */
  concurrency?: number;
  /** For a video to be made, from when it was asked for; 30 minutes when left out. */
  patienceMs?: number;
  /** The longest result, bytes; 512 MB when left out. */
  maxBytes?: number;
  probe: Probe;
};

const BASE_URL = "https://api.sync.so";
const LIMIT = "lipsync:sync_api";
const MODEL = "lipsync-2";
const PATIENCE_MS = 1800_000;
const MAX_BYTES = 512 * 2 ** 20;
/** Times between two questions whether it is done: each longer than the one before. */
const FIRST_PAUSE_MS = 2000;
const PAUSE_GROWTH = 1.5;
const LONGEST_PAUSE_MS = 15_000;
const FAILURES = {
  failed: "FACE_FAILED",
  refused: "FACE_FAILED",
  tooLong: "ask sync.so why its result is so large",
} as const;

/**
 * Lip-sync by sync.so: a video is ordered, waited for and fetched. An order carries a key made of its
 * content, so that asking again after a fault, even later and elsewhere, is not paid twice.
 * @throws AppError INVALID_OPTION for an unusable address or key.
 */
export function createSyncApi(options: SyncApiOptions): FileEngine {
  const { apiKey, baseUrl = BASE_URL, model = MODEL, probe, publish } = options;
  const { webhookUrl = null, maxBytes = MAX_BYTES, patienceMs = PATIENCE_MS } = options;
  const { clock = Date.now, wait = waitFor } = options;
  const common: Omit<ProviderClientOptions, "baseUrl"> = {
    ...{ name: "sync.so", limit: LIMIT, failures: FAILURES, maxBodyBytes: maxBytes },
    concurrency: options.concurrency ?? 1,
    ...(options.fetch && { fetch: options.fetch }),
    ...(options.clock && { clock: options.clock }),
    ...(options.wait && { wait: options.wait }),
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
  };
  const headers = { "x-api-key": apiKey };
  const client = createProviderClient({ ...common, baseUrl, headers, refusal: syncRefusal });
  const budget = createBudget(options.maxSeconds);

  /** How often an order with this content has failed: the next one is to be a new one. */
  const failures = new Map<string, number>();

  async function order(job: EngineJob, content: string, signal: AbortSignal): Promise<Generation> {
    const key = `${content}.${failures.get(content) ?? 0}`;
    const { type, body: newBody } = await bodyOf(job, signal);
    const headers = { "Idempotency-Key": key, ...(type && { "Content-Type": type }) };
    budget.take(key, job.seconds);
    try {
      const call = { path: "/v2/generate", headers, body: newBody };
      const { body } = await client.send(call, { signal });
      return readGeneration(body);
    } catch (thrown) {
      // After a fault it may have been ordered all the same.
      if (!toAppError(thrown).retryable) budget.giveBack(key);
      throw thrown;
    }
  }

  async function bodyOf(
    job: EngineJob,
    signal: AbortSignal,
  ): Promise<{ type?: string; body: () => string | FormData }> {
    if (publish) {
      const video = await publish(job.face, { signal });
      const audio = await publish(job.audio, { signal });
      const json = addressesBody({ model, video, audio, segment: job.speech, webhookUrl });
      return { type: "application/json", body: () => json };
    }
    const video = await openAsBlob(job.face, { type: "video/mp4" });
    const audio = await openAsBlob(job.audio, { type: "audio/wav" });
    return { body: () => filesBody({ model, video, audio, webhookUrl }) };
  }

  async function finished(ordered: Generation, signal: AbortSignal): Promise<Generation> {
    const until = clock() + patienceMs;
    let [now, pauseMs] = [ordered, FIRST_PAUSE_MS];
    while (now.status === "PENDING" || now.status === "PROCESSING") {
      if (clock() >= until) {
        const message = `sync.so has not made a video within ${patienceMs / 60_000} minutes (generation ${now.id}): try again later`;
        throw new AppError("FACE_FAILED", message, { retryable: true });
      }
      await wait(pauseMs, signal).catch((thrown: unknown) => {
        checkSignal(signal);
        throw thrown;
      });
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH);
      const path = `/v2/generate/${encodeURIComponent(ordered.id)}`;
      const { body } = await client.send({ method: "GET", path }, { signal });
      now = readGeneration(body);
    }
    return now;
  }

  /** The result lies with a storage provider, who must not see the key. */
  async function fetchResult(address: string, file: string, signal: AbortSignal): Promise<void> {
    const url = URL.parse(address);
    const safe = url?.protocol === "https:" || url?.protocol === new URL(baseUrl).protocol;
    if (!url || !safe) {
      const message = "sync.so names a result at no https address: check VOCATIVE_SYNC_URL";
      throw new AppError("FACE_FAILED", message);
    }
    const storage = createProviderClient({ ...common, baseUrl: url.origin });
    await storage.send({ method: "GET", path: `${url.pathname}${url.search}`, file }, { signal });
  }

  const engine: FileEngine = {
    name: "sync_api",
    needs: "cpu",
    takes: ["video"],
    cacheKey: JSON.stringify(["sync_api", baseUrl, model, publish ? "segments" : "whole"]),
    async run(job, { signal }) {
      requireInput(engine, job);
      try {
        const content = await contentKey([model, publish ? "segments" : "whole"], job);
        const made = await finished(await order(job, content, signal), signal);
        if (made.status !== "COMPLETED") {
          failures.set(content, (failures.get(content) ?? 0) + 1);
          throw unmade(made);
        }
        if (made.output === null) {
          throw new AppError(
            "FACE_FAILED",
            `sync.so completed generation ${made.id} without a result`,
          );
        }
        await fetchResult(made.output, job.out, signal);
        await checkMade({ engine: "sync.so", job, probe, signal });
      } catch (thrown) {
        await rm(job.out, { force: true });
        throw thrown;
      }
    },
  };
  return engine;
}

function unmade({ id, status, error }: Generation): AppError {
  const what = status === "REJECTED" ? "rejected" : "failed at";
  const message = `sync.so ${what} generation ${id}: ${error}`;
  const noFace = /no face|face (is )?not (be )?(detected|found)|could not detect/iu.test(error);
  return new AppError(noFace ? "NO_FACE" : "FACE_FAILED", message);
}

/** A hash of all that an order asks for. */
async function contentKey(parts: readonly string[], job: EngineJob): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([...parts, job.speech]));
  for (const file of [job.face, job.audio]) {
    for await (const chunk of createReadStream(file)) hash.update(chunk);
  }
  return hash.digest("hex");
}

/** Counts seconds of video that are paid for, each order once. */
function createBudget(maxSeconds: number | null) {
  const orders = new Map<string, number>();
  return {
    /** @throws AppError FACE_FAILED. */
    take(key: string, seconds: number): void {
      if (orders.has(key)) return;
      const sum = orders.values().reduce((total, one) => total + one, seconds);
      if (maxSeconds !== null && sum > maxSeconds) {
        throw new AppError(
          "FACE_FAILED",
          `sync.so was to make ${sum.toFixed(1)} s of video, ${maxSeconds} s are allowed in one run: raise VOCATIVE_SYNC_MAX_SECONDS`,
        );
      }
      orders.set(key, seconds);
    },
    giveBack: (key: string) => orders.delete(key),
  };
}
