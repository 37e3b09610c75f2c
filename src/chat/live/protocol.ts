import { z } from "zod";
import type { ErrorCode } from "../../domain/app-error.ts";
import type { Source } from "../../domain/conversation.ts";
import type { VisemeSpan } from "../../domain/face.ts";
import type { Warning } from "../../domain/warning.ts";

/** The messages of a live conversation, as JSON in text frames: docs/live-protocol.md describes them. */

export const PROTOCOL_VERSION = 1;

/** `video`: fragmented MP4; `sound`: samples and visemes, for clients that draw; `text`: text alone. */
export const LIVE_MODES = ["video", "sound", "text"] as const;
export type LiveMode = (typeof LIVE_MODES)[number];

/** Longest question, characters. */
export const MAX_QUESTION = 2000;

const epoch = z.int().min(0).max(0xffff_ffff);
const seq = z.int().min(0).max(0xffff_ffff);
/** Seconds of an answer's timeline that were heard. */
const at = z.number().min(0).max(86_400);
const v = z.literal(PROTOCOL_VERSION);

export const clientMessageSchema = z.discriminatedUnion("type", [
  z.object({
    v,
    type: z.literal("open"),
    mode: z.enum(LIVE_MODES).default("video"),
    /** Of an earlier connection, to go on where it broke off. */
    resume: z.object({ token: z.string().min(1).max(200), seq }).optional(),
  }),
  z.object({
    v,
    type: z.literal("ask"),
    text: z.string().trim().min(1).max(MAX_QUESTION),
    /** Where the answer that plays is; it ends there. */
    heard: z.object({ epoch, at }).optional(),
  }),
  z.object({ v, type: z.literal("interrupt"), epoch, at }),
  z.object({
    v,
    type: z.literal("played"),
    epoch,
    at,
    playing: z.boolean(),
    /** The last numbered frame that arrived; all before have, too. */
    seq,
  }),
  z.object({
    v,
    type: z.literal("microphone"),
    on: z.boolean(),
    sampleRate: z.int().min(8000).max(96_000).default(16_000),
  }),
  z.object({ v, type: z.literal("ping"), id: z.int().min(0) }),
  z.object({ v, type: z.literal("close") }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** What a portrait needs of its player. */
export type PortraitInfo = { width: number; height: number; fps: number; mimeType: string };

/** A word of a clause's text, characters `from`..`to`, and when it is heard. */
export type HeardWord = { from: number; to: number; start: number; end: number };

/** What an answer brings besides its media. */
export type AnswerNote =
  | { type: "text"; text: string }
  | { type: "caption"; index: number; text: string; start: number }
  | {
      type: "said";
      index: number;
      start: number;
      end: number;
      words: HeardWord[];
      visemes: VisemeSpan[];
    }
  | {
      type: "answered";
      duration: number;
      finish: "stop" | "length";
      sources: Source[];
      warnings: Warning[];
    };

/** What happens in a conversation, in order; each gets a number (`seq`) and is sent again after a break. */
export type LiveEvent =
  | (AnswerNote & { epoch: number })
  | { type: "answer"; epoch: number; question: string; cached: boolean }
  | { type: "interrupted"; epoch: number; heard: string }
  | { type: "transcript"; text: string }
  | { type: "error"; epoch: number; code: ErrorCode; message: string; retryable: boolean };

/** What concerns a connection alone; it has no number. */
export type ConnectionEvent =
  | {
      type: "opened";
      token: string;
      resumed: boolean;
      mode: LiveMode;
      name: string;
      microphone: boolean;
      portrait: PortraitInfo | null;
    }
  | { type: "pong"; id: number }
  | { type: "refused"; code: ErrorCode; message: string; retryable: boolean };

/** The text of a frame to the client. */
export function eventText(event: ConnectionEvent | (LiveEvent & { seq: number })): string {
  return JSON.stringify({ v: PROTOCOL_VERSION, ...event });
}

/** Why a connection was closed, as WebSocket close codes (4000..4999 are an application's own). */
export const CLOSE_CODES = {
  ended: 1000,
  goingAway: 1001,
  tooLarge: 1009,
  failed: 1011,
  idle: 4000,
  takenOver: 4001,
  tooSlow: 4002,
  refused: 4003,
  tooMany: 4004,
} as const;
export type CloseReason = keyof typeof CLOSE_CODES;
