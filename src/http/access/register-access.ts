import type { FastifyInstance } from "fastify";
import { toAppError } from "../../domain/app-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KeyStore } from "../../ports/key-store.ts";
import { createKnownKeys } from "./known-keys.ts";
import { createOrigins } from "./origins.ts";
import { createRateLimits } from "./rate-limits.ts";
import { refuseForeignWrite, refuseStrangeHost } from "./refuse-strangers.ts";
import { registerSecurityHeaders } from "./security-headers.ts";
import { createUploadSlots } from "./upload-slots.ts";
import { identify } from "./who-may-call.ts";

export type AccessOptions = {
  keys: KeyStore;
  /** Everybody is served, with a key or without. */
  open: boolean;
  /** Host headers that are served, such as `api.example.com`; all when it is empty. */
  allowedHosts: readonly string[];
  /** Origins of web pages that may call, such as `http://localhost:3000`. */
  allowedOrigins: readonly string[];
  /** See `createRateLimits`. */
  requestsPerMinute?: number | undefined;
  /** Uploads that may run at a time; 16 when left out. */
  concurrentUploads?: number;
  clock: Clock;
};

/**
 * Decides before every request of `app` whether it is served: host, origin, key, scope, budget.
 * Notes who calls in `request.caller`. To be called once, before the routes.
 */
export async function registerAccess(app: FastifyInstance, options: AccessOptions): Promise<void> {
  const { open, clock } = options;
  const allowedHosts = options.allowedHosts.map((host) => host.trim().toLowerCase());
  const origins = createOrigins(options.allowedOrigins);
  const keys = createKnownKeys(options.keys, clock);
  const limits = createRateLimits({ perMinute: options.requestsPerMinute, clock });
  const takeUploadSlot = createUploadSlots(options.concurrentUploads ?? 16);

  if (!app.hasRequestDecorator("caller")) app.decorateRequest("caller", null);
  await registerSecurityHeaders(app, origins);

  app.addHook("onRequest", async (request, reply) => {
    const onlyThisMachine = !open && !(await keys.any());
    refuseStrangeHost(request, { allowedHosts, onlyThisMachine });
    try {
      request.caller = await identify(request, { keys, open, allowedHosts, origins });
    } catch (thrown) {
      if (toAppError(thrown).code === "UNAUTHORIZED") {
        reply.header("www-authenticate", 'Bearer realm="vocative"');
        limits.countFailure(request, reply);
      }
      throw thrown;
    }
    refuseForeignWrite(request, origins);
    limits.count(request, reply);
    takeUploadSlot(request, reply);
  });
}
