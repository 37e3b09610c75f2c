import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { createCampaignService } from "../campaign/jobs/create-service.ts";
import { createJobHandlers, type JobHandler } from "../campaign/jobs/job-handlers.ts";
import { reconcile } from "../campaign/jobs/reconcile.ts";
import { applyRetention } from "../campaign/jobs/retention.ts";
import type { ServiceDependencies } from "../campaign/jobs/service-dependencies.ts";
import type { Environment } from "../config/environment.ts";
import { type Database, openDatabase } from "../database/open-database.ts";
import { diskError } from "../domain/disk-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { TaskQueue } from "../ports/task-queue.ts";
import { migrateQueue } from "../queue/queue-tables.ts";
import { createSqliteQueue } from "../queue/sqlite-queue.ts";
import { loadMasterKey } from "../security/master-key.ts";
import { createOutgoing } from "../security/outgoing.ts";
import { createSecretBox } from "../security/secret-box.ts";
import { createPooledSheetReader } from "../sheets/pooled-sheet-reader.ts";
import { createLexicon } from "../speech/text/lexicon.ts";
import { createLocalObjects } from "../storage/local-objects.ts";
import { createLocalTemplates } from "../storage/local-templates.ts";
import { createOutputArchive } from "../storage/output-archive.ts";
import { partName, removeAbandoned } from "../storage/part-name.ts";
import { reportCsv } from "../storage/report-csv.ts";
import type { WorkerPoolStats } from "../workers/worker-pool.ts";
import { createLipSyncs, lipSyncPolicyOf } from "./lip-syncs.ts";
import { createMedia } from "./local-campaign.ts";
import { createRecognizer } from "./recognizers.ts";
import { speechPolicyOf } from "./speech-policy.ts";
import { clearNameCache, createVoices, removeAbandonedClips } from "./voices.ts";

/** The composition root of the service, for servers, workers and the operator's commands alike. */

const DATABASE_FILE = "vocative.sqlite";
const MASTER_KEY_FILE = "secret.key";
const TEMPLATES_FOLDER = "templates";
const SCRATCH_FOLDER = "scratch";
/** How soon a stream of events hears of what another process noted. */
const EVENT_LATENCY_MS = 300;
const WEBHOOK_TIMEOUT_MS = 15_000;

export type Service = {
  service: CampaignService;
  database: Database;
  queue: TaskQueue;
  /** What a worker can do, with `concurrency` rows worked on at once. */
  handlers(concurrency: number): Record<string, JobHandler>;
  /** Enqueues whatever was forgotten in a crash. */
  reconcile(): Promise<void>;
  /** Removes what is due. */
  retain(): Promise<void>;
  /** What the media workers of this process have done so far. */
  mediaStats(): WorkerPoolStats;
  /** What has to work for requests to be served, by name; each rejects while it does not. */
  checks: Record<string, () => Promise<unknown>>;
  close(): Promise<void>;
};

export async function openService(setup: {
  environment: Environment;
  logger: Logger;
  clock?: Clock;
  /** Media worker processes at most. */
  mediaWorkers?: number;
}): Promise<Service> {
  const { environment, logger, clock = Date.now, mediaWorkers } = setup;
  const { dataDir } = environment;
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    throw diskError(cause, dataDir);
  });
  const inside = (...parts: string[]) => path.join(dataDir, ...parts);
  const masterKey = await loadMasterKey({
    file: inside(MASTER_KEY_FILE),
    fromEnv: environment.secretKey,
  });
  const database = await openDatabase({ file: inside(DATABASE_FILE), clock });
  await migrateQueue(database.db);
  const queue = createSqliteQueue({ db: database.db, clock });
  const objects = createLocalObjects({ root: dataDir });
  const templates = createLocalTemplates({ root: inside(TEMPLATES_FOLDER) });
  const media = createMedia(environment, mediaWorkers);
  const sheets = createPooledSheetReader();
  const outgoing = createOutgoing({
    allow: environment.outgoingAllow,
    timeoutMs: WEBHOOK_TIMEOUT_MS,
  });
  const savesDisk = environment.policy.keeps === "renditions";
  const voices = createVoices({ environment, media, savesDisk });
  const recognizer = createRecognizer(environment, media);
  const lipSyncs = createLipSyncs({ environment, media });
  const lexicon = createLexicon([]);
  const dependencies: ServiceDependencies = {
    ...database,
    queue,
    objects,
    templates,
    archive: createOutputArchive({ objects, pathOf: objects.pathOf, templates }),
    media,
    sheets,
    voiceFor: voices.get,
    lipSyncFor: lipSyncs.get,
    reference: voices.embedded,
    ...(recognizer && { recognizer }),
    respell: (text) => lexicon.apply(text),
    reportCsv,
    scratch: () => scratchFolder(inside(SCRATCH_FOLDER)),
    clearNameCache: () => clearNameCache(environment),
    secrets: createSecretBox({ masterKey }),
    outgoing,
    policy: {
      ...environment.policy,
      speech: speechPolicyOf(environment.speech),
      lipSync: lipSyncPolicyOf(environment),
    },
    clock,
    logger,
    newId: () => randomBytes(16).toString("hex"),
  };
  return {
    service: createCampaignService({
      ...dependencies,
      waitForEvents: (signal) =>
        setTimeout(EVENT_LATENCY_MS, undefined, { signal }).catch(() => {}), // aborted: time to look, too
    }),
    database,
    queue,
    handlers: (concurrency) => createJobHandlers({ ...dependencies, concurrency }),
    reconcile: () => reconcile(dependencies),
    async retain() {
      await objects.removeAbandonedParts();
      await templates.removeAbandonedParts();
      await removeAbandoned(inside(SCRATCH_FOLDER), { foreign: true });
      await removeAbandonedClips(environment);
      await applyRetention(dependencies);
    },
    mediaStats: media.stats,
    checks: {
      database: () => database.keys.any(),
      storage: () => objects.freeBytes(),
    },
    async close() {
      await Promise.all([
        media.close(),
        sheets.close(),
        voices.close(),
        lipSyncs.close(),
        recognizer?.close(),
        outgoing.close(),
      ]);
      await database.close();
    },
  };
}

async function scratchFolder(root: string) {
  const folder = path.join(root, partName());
  await mkdir(folder, { recursive: true });
  return { folder, release: () => rm(folder, { recursive: true, force: true }) };
}
