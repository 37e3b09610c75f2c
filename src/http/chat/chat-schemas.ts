import { z } from "zod";
import { historySchema } from "../../chat/conversation-history.ts";

/** Bodies of the video chat. Clients send null for what they do not give. */

const prompt = z.string().trim().min(1).max(2000).describe("what the user says");
const fileName = z.string().max(500).nullish();
const language = z
  .string()
  .trim()
  .max(35)
  .describe("such as en es fr de it pt pl tr ru nl cs ar zh-cn hi");

export const textBody = z.object({
  prompt,
  conversation_history: historySchema.nullish(),
  max_tokens: z.number().int().min(10).max(4096).nullable().default(1024),
  temperature: z.number().min(0).max(2).nullable().default(0.7),
});

export const speechBody = z.object({
  text: z.string().trim().min(1).max(5000),
  reference_audio: fileName.describe(
    "a recording whose voice is wanted: outputs/…, assets/… or an id",
  ),
  language: language.nullable().default("en"),
});

export const videoBody = z.object({
  audio_path: z
    .string()
    .min(1)
    .max(500)
    .describe("what is said: outputs/…, assets/… or an asset's id"),
  reference_image: fileName.describe("who says it; the default portrait without"),
  fps: z.number().int().min(15).max(60).nullish().describe("frames a second; 25 when left out"),
  enhance: z.boolean().nullable().default(false).describe("accepted; answered with a warning"),
});

export const fullBody = textBody.extend({
  reference_audio: speechBody.shape.reference_audio,
  reference_image: videoBody.shape.reference_image,
  language: language.nullish().describe("of the speech; the persona's when left out"),
  stream: z
    .boolean()
    .nullable()
    .default(false)
    .describe("answer at once (202) with the address of the video, which plays while it is made"),
});

const requestId = z.uuid();
const timestamp = z.iso.datetime().describe("ISO 8601, UTC");
const warnings = z.array(z.string()).describe("what was not done as asked");
const seconds = z.number().min(0).describe("seconds");

const sources = z
  .array(z.object({ title: z.string(), file: z.string(), section: z.string() }))
  .describe("documents that the answer comes from");

export const textAnswer = z.object({
  text: z.string(),
  request_id: requestId,
  timestamp,
  tokens_used: z.int(),
  sources,
});

export const speechAnswer = z.object({
  audio_path: z.string(),
  audio_url: z.string(),
  duration: seconds,
  request_id: requestId,
  sample_rate: z.int().describe("Hz"),
  timestamp,
  warnings,
});

export const videoAnswer = z.object({
  video_path: z.string(),
  video_url: z.string(),
  duration: seconds,
  request_id: requestId,
  fps: z.int(),
  timestamp,
  warnings,
});

const files = z.object({
  audio_path: z.string(),
  audio_url: z.string(),
  video_path: z.string(),
  video_url: z.string(),
  captions_path: z.string().describe("WebVTT"),
  captions_url: z.string(),
  stream_url: z.string().describe("the video, also while it is made"),
  request_id: requestId,
  timestamp,
});

export const fullAnswer = files.extend({
  text: z.string(),
  tokens_used: z.int(),
  duration: seconds,
  processing_time: seconds,
  sources,
  warnings,
});

export const startedAnswer = files.describe(
  "Begun: stream_url plays at once, the other addresses work once it is done",
);
