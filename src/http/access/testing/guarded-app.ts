import Fastify, { type FastifyInstance } from "fastify";
import { handleErrors } from "../../error-handling.ts";
import { type AccessOptions, registerAccess } from "../register-access.ts";
import { createMemoryKeys } from "./memory-keys.ts";

export const ORIGINS = ["http://localhost:3000", "http://127.0.0.1:3000"];
export const FAR = "198.51.100.7";

/** A server with a route of every kind behind `registerAccess`, and its keys and clock. */
export async function createGuardedApp(
  options: Partial<AccessOptions> & { trustProxy?: string[] } = {},
) {
  const { trustProxy, ...access } = options;
  const keys = createMemoryKeys();
  const time = { now: 1_739_020_000_000 };
  const app: FastifyInstance = Fastify({ trustProxy: trustProxy ?? false });
  handleErrors(app);
  await registerAccess(app, {
    keys: keys.store,
    open: false,
    allowedHosts: [],
    allowedOrigins: ORIGINS,
    clock: () => time.now,
    ...access,
  });
  app.addContentTypeParser("multipart/form-data", (_request, _body, done) => done(null));
  app.get("/health", { config: { scope: "public" } }, async () => ({ status: "healthy" }));
  app.get("/docs/static/a.css", async () => "css");
  app.get("/jobs", async ({ caller }) => ({ caller }));
  app.post("/jobs", async ({ caller }) => ({ caller }));
  app.get("/metrics", { config: { freeOnThisMachine: true } }, async () => "metrics");
  app.get("/webhooks", { config: { scope: "admin" } }, async ({ caller }) => ({ caller }));
  app.get("/jobs/:job_id/recipients/:row/media", async ({ caller }) => ({ caller }));
  return { app, keys, time };
}
