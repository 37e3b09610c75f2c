import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";
import type { Origins } from "./origins.ts";

/** What browsers are told about every answer. */
export async function registerSecurityHeaders(
  app: FastifyInstance,
  origins: Origins,
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // Swagger UI and ReDoc write style elements while they run.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:", "blob:"],
        mediaSrc: ["'self'", "blob:"],
        fontSrc: ["'self'", "data:"],
        // ReDoc searches in a worker that it makes from a blob.
        workerSrc: ["'self'", "blob:"],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
      },
    },
    // Outputs are shown in pages elsewhere, by links that were made for it.
    crossOriginResourcePolicy: { policy: "cross-origin" },
    // Means something only where the connection is secure; that is the proxy's to say.
    strictTransportSecurity: false,
  });
  await app.register(cors, {
    origin: (origin, decide) => decide(null, origin !== undefined && origins.allows(origin)),
    credentials: true,
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposedHeaders: [
      ...["Content-Disposition", "Content-Range", "Retry-After", "Vocative-Preview"],
      ...["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "X-Request-Id"],
    ],
    maxAge: 600,
  });
}
