import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ChatService } from "../../chat/chat-service.ts";
import type { Clock } from "../../ports/clock.ts";
import { API_VERSION } from "../home-route.ts";
import type { ZodApp } from "../http-plugin.ts";
import { UPLOAD_PACE } from "../slow-body.ts";
import { addAssetRoutes } from "./asset-routes.ts";
import { answerChatError } from "./chat-errors.ts";
import { limitChat } from "./chat-limit.ts";
import { addGenerateRoutes } from "./generate-routes.ts";
import { addOutputRoutes } from "./output-routes.ts";

const ENDPOINTS = {
  text_generation: "/api/generate/text",
  tts_generation: "/api/generate/tts",
  video_generation: "/api/generate/video",
  full_pipeline: "/api/generate/full",
} as const;
/** Of a form with an asset. */
const UPLOAD_BYTES = 64 * 2 ** 20;

const statusBody = z.object({
  api_version: z.string(),
  endpoints: z.object({
    text_generation: z.string(),
    tts_generation: z.string(),
    video_generation: z.string(),
    full_pipeline: z.string(),
  }),
  limits: z.object({
    max_text_length: z.int().describe("characters that are spoken at most"),
    audio_sample_rate: z.int().describe("Hz"),
    video_fps: z.int(),
  }),
});

export type ChatRoutesOptions = {
  chat: ChatService;
  limits: { maxTextLength: number; audioSampleRate: number; videoFps: number };
  clock: Clock;
};

/** The REST API of the video chat, with names of errors and a limit of its own. */
export async function registerChatRoutes(
  app: FastifyInstance,
  { chat, limits, clock }: ChatRoutesOptions,
): Promise<void> {
  app.setErrorHandler(answerChatError);
  limitChat(app, { clock });
  const routes: ZodApp = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    "/api/status",
    {
      config: { scope: "public" },
      schema: {
        tags: ["chat"],
        summary: "What the video chat offers",
        response: { 200: statusBody },
      },
    },
    async () => ({
      api_version: API_VERSION,
      endpoints: ENDPOINTS,
      limits: {
        max_text_length: limits.maxTextLength,
        audio_sample_rate: limits.audioSampleRate,
        video_fps: limits.videoFps,
      },
    }),
  );
  addGenerateRoutes(routes, { chat, fps: limits.videoFps });
  addOutputRoutes(routes, { chat });
  await addAssetRoutes(routes, { chat, limits: { bytes: UPLOAD_BYTES, pace: UPLOAD_PACE } });
}
