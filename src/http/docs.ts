import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

/** Both pages write style elements while they run; ReDoc searches in a worker that it makes. */
const CONTENT_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join("; ");

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vocative API</title>
<link rel="icon" href="data:,">
<style>body { margin: 0 }</style>
<redoc spec-url="openapi.json"></redoc>
<script src="redoc/redoc.standalone.js"></script>
</html>
`;

/** The API's description at /openapi.json, and two pages that show it without help from elsewhere. */
export async function addDocs(app: FastifyInstance): Promise<void> {
  const hidden = { config: { scope: "public" }, schema: { hide: true } } as const;
  app.get("/openapi.json", hidden, async () => app.swagger());

  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: CONTENT_POLICY,
    uiConfig: { deepLinking: true, layout: "BaseLayout" },
    theme: { title: "Vocative API" },
  });

  app.get("/redoc", hidden, async (_request, reply) =>
    reply
      .header("content-security-policy", CONTENT_POLICY)
      .type("text/html; charset=utf-8")
      .send(REDOC_PAGE),
  );
  let script: Promise<string> | null = null;
  app.get("/redoc/redoc.standalone.js", hidden, async (_request, reply) => {
    script ??= readRedoc();
    return reply
      .header("cache-control", "public, max-age=86400")
      .type("text/javascript; charset=utf-8")
      .send(await script);
  });
}

/** ReDoc's program, without the picture that it would load from its maker. */
async function readRedoc(): Promise<string> {
  const file = fileURLToPath(import.meta.resolve("redoc/bundles/redoc.standalone.js"));
  const program = await readFile(file, "utf8");
  return program.replaceAll(/https:\/\/cdn\.redoc\.ly\/[\w./-]*/gu, "data:,");
}
