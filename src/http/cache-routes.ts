import { z } from "zod";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { callerOf } from "./caller-of.ts";
import type { ZodApp } from "./http-plugin.ts";

const clearedBody = z.object({
  status: z.literal("ok"),
  cleared_dir: z.string(),
  removed_files: z.int(),
  removed_dirs: z.int(),
});

export function addCacheRoutes(app: ZodApp, { service }: { service: CampaignService }): void {
  app.post(
    "/cache/name-audio/clear",
    {
      config: { scope: "write" },
      schema: {
        tags: ["cache"],
        summary: "Forget all spoken names",
        response: { 200: clearedBody },
      },
    },
    async (request) => {
      const cleared = await service.clearNameCache(callerOf(request));
      return {
        status: "ok" as const,
        cleared_dir: cleared.clearedDir,
        removed_files: cleared.removedFiles,
        removed_dirs: cleared.removedDirs,
      };
    },
  );
}
