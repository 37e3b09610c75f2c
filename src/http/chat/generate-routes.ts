import type { z } from "zod";
import type { ChatService, FullFiles, FullRequest, TextRequest } from "../../chat/chat-service.ts";
import { OUTPUTS_PREFIX } from "../../chat/named-media.ts";
import { callerOf } from "../caller-of.ts";
import { clientGone } from "../client-gone.ts";
import type { ZodApp } from "../http-plugin.ts";
import {
  fullAnswer,
  fullBody,
  speechAnswer,
  speechBody,
  startedAnswer,
  textAnswer,
  textBody,
  videoAnswer,
  videoBody,
} from "./chat-schemas.ts";

const config = { scope: "write" } as const;
const tags = ["chat"];

export type GenerateOptions = {
  chat: ChatService;
  /** Frames a second where a request does not say. */
  fps: number;
};

/** What is made of a prompt: text, speech, video, or all of them. */
export function addGenerateRoutes(app: ZodApp, { chat, fps: defaultFps }: GenerateOptions): void {
  app.post(
    "/api/generate/text",
    {
      config,
      schema: { tags, summary: "An answer as text", body: textBody, response: { 200: textAnswer } },
    },
    async (request, reply) => {
      const signal = clientGone(reply);
      const { id, text, tokensUsed, sources, at } = await chat.generateText(
        textRequest(request.body),
        { signal },
      );
      return { text, ...madeAt(id, at), tokens_used: tokensUsed, sources };
    },
  );

  app.post(
    "/api/generate/tts",
    {
      config,
      schema: { tags, summary: "A text spoken", body: speechBody, response: { 200: speechAnswer } },
    },
    async (request, reply) => {
      const { text, language, reference_audio: referenceAudio = null } = request.body;
      const made = await chat.generateSpeech(
        callerOf(request),
        { text, language: language || "en", referenceAudio: referenceAudio || null },
        { signal: clientGone(reply) },
      );
      const { path: audio_path, url: audio_url } = addressOf(made.file);
      return {
        ...{ audio_path, audio_url, duration: made.duration, sample_rate: made.sampleRate },
        ...madeAt(made.id, made.at),
        warnings: made.warnings.map(({ message }) => message),
      };
    },
  );

  app.post(
    "/api/generate/video",
    {
      config,
      schema: {
        tags,
        summary: "A portrait that says a sound",
        body: videoBody,
        response: { 200: videoAnswer },
      },
    },
    async (request, reply) => {
      const { audio_path: audio, reference_image: image, fps, enhance } = request.body;
      const made = await chat.generateVideo(
        callerOf(request),
        { audio, image: image || null, fps: fps ?? defaultFps, enhance: enhance ?? false },
        { signal: clientGone(reply) },
      );
      const { path: video_path, url: video_url } = addressOf(made.file);
      return {
        ...{ video_path, video_url, duration: made.duration, fps: made.fps },
        ...madeAt(made.id, made.at),
        warnings: made.warnings.map(({ message }) => message),
      };
    },
  );

  app.post(
    "/api/generate/full",
    {
      config,
      schema: {
        tags,
        summary: "An answer as text, speech and video",
        body: fullBody,
        response: { 200: fullAnswer, 202: startedAnswer },
      },
    },
    async (request, reply) => {
      const full = fullRequest(request.body);
      if (request.body.stream) {
        const started = await chat.startFull(callerOf(request), full);
        return reply.code(202).send(filesOf(started));
      }
      const made = await chat.generateFull(callerOf(request), full, { signal: clientGone(reply) });
      return reply.code(200).send({
        ...{ text: made.text, ...filesOf(made), duration: made.duration },
        ...{ processing_time: made.processingTime, tokens_used: made.tokensUsed },
        ...{ sources: made.sources, warnings: made.warnings.map(({ message }) => message) },
      });
    },
  );
}

function textRequest(body: z.infer<typeof textBody>): TextRequest {
  return {
    prompt: body.prompt,
    history: body.conversation_history ?? [],
    maxTokens: body.max_tokens ?? 1024,
    temperature: body.temperature ?? 0.7,
  };
}

/** Empty names and languages are as good as none. */
function fullRequest(body: z.infer<typeof fullBody>): FullRequest {
  return {
    ...textRequest(body),
    referenceAudio: body.reference_audio || null,
    referenceImage: body.reference_image || null,
    language: body.language || null,
  };
}

function madeAt(id: string, at: number): { request_id: string; timestamp: string } {
  return { request_id: id, timestamp: new Date(at).toISOString() };
}

function addressOf(file: string): { path: string; url: string } {
  const path = `${OUTPUTS_PREFIX}${file}`;
  return { path, url: `/${path}` };
}

function filesOf({ id, at, files }: { id: string; at: number; files: FullFiles }) {
  const audio = addressOf(files.audio);
  const video = addressOf(files.video);
  const captions = addressOf(files.captions);
  return {
    ...{ audio_path: audio.path, audio_url: audio.url },
    ...{ video_path: video.path, video_url: video.url },
    ...{ captions_path: captions.path, captions_url: captions.url },
    stream_url: `/api/stream/${id}.mp4`,
    ...madeAt(id, at),
  };
}
