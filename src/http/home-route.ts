import { z } from "zod";
import type { ZodApp } from "./http-plugin.ts";

/** `GET /`: that the service runs, for people who look with a browser and for simple probes. */
export function addHomeRoute(app: ZodApp, { version }: { version: string }): void {
  app.get(
    "/",
    {
      config: { scope: "public" },
      schema: {
        tags: ["service"],
        summary: "Whether the service runs",
        response: {
          200: z.object({
            message: z.string(),
            status: z.literal("healthy"),
            version: z.string(),
          }),
        },
      },
    },
    async () => ({ message: "Vocative API is running", status: "healthy" as const, version }),
  );
}
