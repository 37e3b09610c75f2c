import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";

const PUBLIC = { scope: "public" } as const;
const TAGS = ["operations"];
const CHECK_TIMEOUT_MS = 3_000;

const healthSchema = z.object({
  status: z.literal("healthy"),
  version: z.string(),
  gpu_available: z.boolean(),
  gpu_info: z
    .object({
      device_name: z.string(),
      cuda_version: z.string(),
      memory_allocated: z.string().describe("such as 2.34 GB"),
      memory_reserved: z.string(),
    })
    .nullable(),
  models_path: z.string().optional(),
  outputs_path: z.string().optional(),
  gemini_configured: z.boolean().optional(),
  gemini_model: z.string().optional(),
});
const checksSchema = z.record(z.string(), z.enum(["ok", "failed"]));
const readySchema = z.object({ status: z.literal("ready"), checks: checksSchema });
const notReadySchema = z.object({ status: z.literal("not ready"), checks: checksSchema });

/** What clients of the video chat are told besides. */
export type ChatHealth = Pick<
  z.infer<typeof healthSchema>,
  "gpu_info" | "models_path" | "outputs_path" | "gemini_configured" | "gemini_model"
>;

export type HealthOptions = {
  version: string;
  /** By name, such as `database`; each rejects while requests that need it would fail. */
  checks: Record<string, () => Promise<unknown>>;
  /** A check that takes longer has failed, ms; 3,000 when left out. */
  checkTimeoutMs?: number;
  /** Left out where there is no video chat. */
  chat?: () => Promise<ChatHealth>;
};

/**
 * GET /health says that the process answers; GET /ready, with 503 while it is not so, that requests
 * can be served.
 */
export function registerHealthRoutes(app: FastifyInstance, options: HealthOptions): void {
  const { version, checks, checkTimeoutMs = CHECK_TIMEOUT_MS, chat } = options;
  const routes = app.withTypeProvider<ZodTypeProvider>();

  for (const url of ["/health", "/api/health"]) {
    routes.get(
      url,
      {
        config: PUBLIC,
        schema: {
          tags: TAGS,
          summary: "Whether the process answers",
          response: { 200: healthSchema },
        },
      },
      async () => {
        const about = (await chat?.()) ?? { gpu_info: null };
        const gpu_available = about.gpu_info !== null;
        return { status: "healthy" as const, version, gpu_available, ...about };
      },
    );
  }

  routes.get(
    "/ready",
    {
      config: PUBLIC,
      schema: {
        tags: TAGS,
        summary: "Whether requests can be served",
        response: { 200: readySchema, 503: notReadySchema },
      },
    },
    async (request, reply) => {
      const results = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => {
          const failure = await failureOf(check, checkTimeoutMs);
          if (failure) request.log.error({ err: failure.reason, check: name }, "not ready");
          return [name, failure ? "failed" : "ok"] as const;
        }),
      );
      const found = Object.fromEntries(results);
      if (results.every(([, result]) => result === "ok")) {
        return { status: "ready" as const, checks: found };
      }
      return reply.code(503).send({ status: "not ready", checks: found });
    },
  );
}

/** Why a check failed; null when it did not. */
async function failureOf(
  check: () => Promise<unknown>,
  timeoutMs: number,
): Promise<{ reason: unknown } | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([Promise.resolve().then(check), late]);
    return null;
  } catch (reason) {
    return { reason };
  } finally {
    clearTimeout(timer);
  }
}
