import { z } from "zod";
import type { ZodApp } from "./http-plugin.ts";

/** The version of the published API, which clients may check. */
export const API_VERSION = "1.0.0";

/**
 * `GET /`: that the service runs, for people who look with a browser and for clients that compare it.
 * @param options.hasGpu Whether a GPU is there and may be used; none when left out.
 */
export function addHomeRoute(
  app: ZodApp,
  { hasGpu = async () => false }: { hasGpu?: (() => Promise<boolean>) | undefined },
): void {
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
            gpu_enabled: z.boolean(),
          }),
        },
      },
    },
    async () => ({
      message: "LUMEN API is running",
      status: "healthy" as const,
      version: API_VERSION,
      gpu_enabled: await hasGpu(),
    }),
  );
}
