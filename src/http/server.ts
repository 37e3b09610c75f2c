import multipart from "@fastify/multipart";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  LogController,
} from "fastify";
import { serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { addCacheRoutes } from "./cache-routes.ts";
import { addConvertRoute } from "./convert-routes.ts";
import { addDocs } from "./docs.ts";
import { DRAIN_MS, drainRest } from "./drain-rest.ts";
import { endConnections } from "./end-connections.ts";
import { answerClientError, answerError, handleErrors, pathOf } from "./error-handling.ts";
import { registerEventStream } from "./event-stream.ts";
import { addHomeRoute } from "./home-route.ts";
import type { HttpPlugin, ZodApp } from "./http-plugin.ts";
import { addJobRoutes, addJobUpload } from "./job-routes.ts";
import { isLiveUpgrade } from "./live/is-live-upgrade.ts";
import { describeRoutes } from "./openapi.ts";
import { addPreviewRoute } from "./preview-routes.ts";
import { addRecipientRoutes } from "./recipient-routes.ts";
import { requestIdOf } from "./request-id.ts";
import { BODY_DEADLINE_MS, UPLOAD_PACE, type UploadPace, withDeadline } from "./slow-body.ts";
import { addTemplateRoutes, addTemplateUpload } from "./template-routes.ts";
import { validatorCompiler } from "./validator.ts";
import { registerWebhookRoutes } from "./webhook-routes.ts";

const HEADERS_TIMEOUT_MS = 10_000;
const CONNECTIONS_CHECK_MS = 1000;

declare module "fastify" {
  interface FastifyContextConfig {
    /** Clients ask again and again: what was answered is told to the log file only. */
    polled?: boolean;
  }
}

export type HttpServerOptions = {
  service: CampaignService;
  /** Of the program. */
  version: string;
  /** Decides before every request whether it is served, and notes who calls in `request.caller`. */
  access: HttpPlugin;
  /** Whether a GPU is there and may be used; none when left out. */
  hasGpu?: () => Promise<boolean>;
  /** Further routes, such as health and metrics. */
  plugins?: readonly HttpPlugin[];
  /** Nothing is logged without one. */
  logger?: FastifyBaseLogger;
  /** Addresses of proxies whose word on the client's address counts; none when left out. */
  trustProxy?: readonly string[];
  limits: {
    /** Of one uploaded file, and of a whole request where it says its length. */
    uploadBytes: number;
    uploadPace?: UploadPace;
    /** For the body of a request that is no upload. */
    bodyDeadlineMs?: number;
    /** For what is left of a body that was refused. */
    drainMs?: number;
  };
};

/** The HTTP API of the campaign service; not listening yet. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { service, version, logger, limits, hasGpu } = options;
  const app: FastifyInstance = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy?.length ? [...options.trustProxy] : false,
    genReqId: requestIdOf,
    // An upload may take hours: `slow-body` watches bodies instead.
    requestTimeout: 0,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      shouldUpgradeCallback: isLiveUpgrade,
    },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: answerClientError,
  });
  app.decorateRequest("caller", null);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // Pages elsewhere may send it without being asked whether they may.
  app.removeContentTypeParser("text/plain");
  handleErrors(app);
  addRequestHooks(app, limits);
  endConnections(app);

  app.register(atRoot(options.access));
  describeRoutes(app, { version });
  app.register(atRoot(addDocs));
  app.register(scoped((routes) => addRoutes(routes, { service, hasGpu, limits })));
  for (const plugin of options.plugins ?? []) app.register(scoped(plugin));
  return app;
}

function addRequestHooks(app: FastifyInstance, limits: HttpServerOptions["limits"]): void {
  const { bodyDeadlineMs = BODY_DEADLINE_MS, drainMs = DRAIN_MS } = limits;
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.addHook("preParsing", async ({ headers }, _reply, body) => {
    const isUpload = /^multipart\//iu.test(headers["content-type"] ?? "");
    const isEmpty = !headers["transfer-encoding"] && !Number(headers["content-length"] ?? 0);
    return isUpload || isEmpty ? body : withDeadline(body, bodyDeadlineMs);
  });
  app.addHook("onResponse", async (request, reply) => {
    drainRest(request.raw, drainMs);
    const { method, routeOptions } = request;
    const { statusCode: status } = reply;
    const ms = Math.round(reply.elapsedTime);
    const { scope, polled } = routeOptions.config;
    // Everybody waits while the console is written to.
    const level = scope === "public" || (polled && status < 400) ? "debug" : "info";
    request.log[level](
      { method, route: routeOptions.url, status, ms },
      `${method} ${pathOf(request.url)} ${status} in ${ms} ms`,
    );
  });
}

function addRoutes(
  app: FastifyInstance,
  {
    service,
    hasGpu,
    limits,
  }: {
    service: CampaignService;
    hasGpu: (() => Promise<boolean>) | undefined;
    limits: HttpServerOptions["limits"];
  },
): void {
  const routes: ZodApp = app.withTypeProvider<ZodTypeProvider>();
  addHomeRoute(routes, { hasGpu });
  addJobRoutes(routes, { service });
  addRecipientRoutes(routes, { service });
  addTemplateRoutes(routes, { service });
  addCacheRoutes(routes, { service });
  registerWebhookRoutes(app, { service });
  registerEventStream(app, { service });

  const uploads = {
    service,
    limits: { bytes: limits.uploadBytes, pace: limits.uploadPace ?? UPLOAD_PACE },
  };
  // Only these routes take forms; any other answers one with 415.
  app.register(
    scoped(async (scope) => {
      await scope.register(multipart);
      const forms: ZodApp = scope.withTypeProvider<ZodTypeProvider>();
      addJobUpload(forms, uploads);
      addTemplateUpload(forms, uploads);
      addPreviewRoute(forms, uploads);
      addConvertRoute(forms, uploads);
    }),
    // The plugin would tell every header of every upload.
    { logLevel: "info" },
  );
}

/** What `plugin` sets up holds for its own routes alone. */
function scoped(plugin: HttpPlugin): FastifyPluginAsync {
  return async (app) => plugin(app);
}

/** What `plugin` sets up holds for the whole server. */
function atRoot(plugin: HttpPlugin): FastifyPluginAsync {
  return Object.assign(scoped(plugin), { [Symbol.for("skip-override")]: true });
}
