import type { AddressInfo } from "node:net";
import type { FastifyBaseLogger } from "fastify";
import packageJson from "#package.json" with { type: "json" };
import type { LiveSessions } from "../chat/live/live-sessions.ts";
import type { Environment } from "../config/environment.ts";
import { AppError, toAppError } from "../domain/app-error.ts";
import { errorCodeOf } from "../domain/disk-error.ts";
import { registerAccess } from "../http/access/register-access.ts";
import { accessMode, describeAccess } from "../http/access/who-may-call.ts";
import { registerChatRoutes } from "../http/chat/register-chat-routes.ts";
import { createMetrics } from "../http/operations/create-metrics.ts";
import { registerHealthRoutes } from "../http/operations/health-routes.ts";
import { createHttpServer } from "../http/server.ts";
import { UPLOAD_PACE } from "../http/slow-body.ts";
import type { Logger } from "../ports/logger.ts";
import { isOwnerAlive } from "../workers/process-identity.ts";
import { type Chat, openChat, VIDEO_SIZE } from "./chat.ts";
import { createGpuInfo } from "./gpu-info.ts";
import { createLiveSessions, registerLive } from "./live.ts";
import { openService, type Service } from "./service.ts";
import { superviseWorkers } from "./supervise.ts";

/** Media workers for what somebody waits for: checks of uploads, previews, conversions. */
const MEDIA_WORKERS = 2;
/** How the language model answers in a live conversation: as where a request of REST does not say. */
const LIVE_GENERATION = { maxTokens: 1024, temperature: 0.7 };

export type RunningServer = {
  /** Such as `http://localhost:8000`. */
  url: string;
  /** Who is served, in words. */
  access: string;
  /** Answers what is under way, ends the workers within `graceMs`, and closes everything. */
  stop(graceMs: number): Promise<void>;
};

/**
 * Serves the API, and keeps worker processes running that do its work.
 * @throws AppError ADDRESS_UNUSABLE, and of the data folder.
 */
export async function startServer(setup: {
  environment: Environment;
  logger: Logger & FastifyBaseLogger;
}): Promise<RunningServer> {
  const { environment, logger } = setup;
  const { host, port, open, workers: count, bodyPatienceMs, ...server } = environment.server;
  const opened = await openService({ environment, logger, mediaWorkers: MEDIA_WORKERS });
  const chat = await openChat({ environment, logger }).catch(async (thrown: unknown) => {
    await opened.close();
    throw thrown;
  });
  const sessions = createLiveSessions({
    ...chat,
    logger,
    picture: { fps: environment.chat.videoFps, size: VIDEO_SIZE },
    generation: { ...LIVE_GENERATION, maxSpoken: environment.chat.maxTextLength },
  });
  const { service, database, queue } = opened;
  const { gpuEnabled, cudaDevice, gemini, models, outputs, ...chatLimits } = environment.chat;
  const gpu = createGpuInfo({ device: cudaDevice, clock: Date.now });
  const usedGpu = async () => (gpuEnabled ? gpu() : null);
  const metrics = createMetrics({
    sample: async () => ({ queue: await queue.stats(), metrics: await database.metrics.all() }),
  });
  const app = createHttpServer({
    service,
    version: packageJson.version,
    hasGpu: async () => (await usedGpu()) !== null,
    access: async (routes) => {
      metrics.measure(routes);
      await registerAccess(routes, { keys: database.keys, open, clock: Date.now, ...server });
    },
    plugins: [
      (routes) =>
        registerHealthRoutes(routes, {
          version: packageJson.version,
          checks: opened.checks,
          chat: async () => ({
            gpu_info: await usedGpu(),
            models_path: models.name,
            outputs_path: outputs.name,
            gemini_configured: gemini.apiKey !== null,
            gemini_model: gemini.model,
          }),
        }),
      (routes) =>
        registerChatRoutes(routes, { chat: chat.service, limits: chatLimits, clock: Date.now }),
      (routes) => registerLive(routes, { sessions }),
      metrics.addRoute,
    ],
    logger,
    trustProxy: server.trustProxy,
    limits: {
      uploadBytes: environment.policy.maxUploadBytes,
      uploadPace: { ...UPLOAD_PACE, windowMs: bodyPatienceMs },
      bodyDeadlineMs: bodyPatienceMs,
    },
  });
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await closeAll(opened, chat, sessions);
    throw listenError(cause, { host, port });
  }
  await queue.reclaim(isOwnerAlive);
  const workers = superviseWorkers({
    count,
    logger,
    onEnd: async () => {
      await queue.reclaim(isOwnerAlive);
      const name = "vocative_worker_process_deaths_total";
      await database.metrics.add([{ name, labels: {}, value: 1 }]);
    },
  });
  queue.onEnqueued(() => workers.wake());
  return {
    url: urlOf(app.server.address(), host),
    access: describeAccess(await accessMode(database.keys, { open })),
    async stop(graceMs) {
      // A download that is too slow goes on from where it was, at the next server.
      const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await Promise.all([app.close(), workers.stop(graceMs)]).catch((thrown: unknown) => {
        logger.error({ error: toAppError(thrown).message }, "the end was not clean");
      });
      clearTimeout(cut);
      await closeAll(opened, chat, sessions);
    },
  };
}

async function closeAll(opened: Service, chat: Chat, sessions: LiveSessions): Promise<void> {
  // They use what is closed after them.
  await sessions.close();
  await Promise.all([opened.close(), chat.close()]);
}

/** A server on all addresses is reached by the name of this machine. */
function urlOf(address: string | AddressInfo | null, host: string): string {
  const port = typeof address === "object" && address ? address.port : 0;
  const name = ["0.0.0.0", "::"].includes(host) ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function listenError(cause: unknown, { host, port }: { host: string; port: number }): AppError {
  const where = `${host}:${port}`;
  const code = errorCodeOf(cause);
  if (code === "EADDRINUSE") {
    return new AppError(
      "ADDRESS_UNUSABLE",
      `${where} is in use by another program: end it, or choose another port with API_PORT`,
      { cause },
    );
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new AppError(
      "ADDRESS_UNUSABLE",
      `${where} cannot be used (${code}): choose another address with API_HOST and API_PORT`,
      { cause },
    );
  }
  return toAppError(cause);
}
