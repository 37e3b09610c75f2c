import path from "node:path";
import type { z } from "zod";
import { AppError } from "../domain/app-error.ts";
import { type ChatEnvironment, chatEnvironmentOf } from "./chat-variables.ts";
import { environmentSchema } from "./environment-schema.ts";
import { type FaceEnvironment, faceEnvironmentOf } from "./face-variables.ts";
import { type SpeechEnvironment, speechEnvironmentOf } from "./speech-variables.ts";

/** Who may reach the server, and where. */
export type ServerEnvironment = {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Worker processes that `serve` starts. */
  workers: number;
  /** Origins of web pages that may call. */
  allowedOrigins: string[];
  /** Host headers that are served; all when empty. */
  allowedHosts: string[];
  /** Everybody is served, with a key or without. */
  open: boolean;
  /** Addresses of proxies whose forwarding headers are believed; none when empty. */
  trustProxy: string[];
  /** How long an upload may all but stand still, and any other body may take. */
  bodyPatienceMs: number;
  /** Undefined when not set, which means a default that this machine itself is free of. */
  requestsPerMinute: number | undefined;
};

/** What the operator decided about jobs. */
export type PolicyEnvironment = {
  keeps: "files" | "renditions";
  maxUploadBytes: number;
  /** Longest base, seconds. */
  maxDurationSeconds: number;
  /** Speech commands that a client may name. */
  speechCommands: string[];
  wav2lip: { repo: string | null; checkpoint: string | null };
  /** Whether a voice sample needs an explicit record of its speaker's consent. */
  requireConsent: boolean;
  /** After how many days uploads, and all of a job, are removed. */
  uploadDays: number;
  outputDays: number;
};

export type Environment = {
  dataDir: string;
  mediaWorkers: number | undefined;
  mediaMemoryBytes: number;
  ttsTimeoutMs: number;
  /** Limits of the queue by name, such as `speech:elevenlabs`. */
  speechLimits: [string, { concurrency: number; perMinute?: number }][];
  speech: SpeechEnvironment;
  face: FaceEnvironment;
  chat: ChatEnvironment;
  /** The master key as hex or base64; without it a file of the data folder holds one. */
  secretKey: string | undefined;
  /** `host:port` that may be called though they are not on the public internet. */
  outgoingAllow: string[];
  policy: PolicyEnvironment;
  server: ServerEnvironment;
  log: { folder: string; format: "text" | "json" };
};

/**
 * The one reader of the process environment. An empty variable counts as not set.
 * @throws AppError INVALID_OPTION that names every invalid variable at once.
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const set = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value?.trim() !== ""),
  );
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    // One that is a list has the number of the faulty entry in its path, too.
    const problems = parsed.error.issues.map(
      (issue) => `${String(issue.path[0])}: ${issue.message}`,
    );
    throw new AppError("INVALID_OPTION", `environment: ${[...new Set(problems)].join("; ")}`);
  }
  const { data } = parsed;
  return {
    dataDir: path.resolve(data.VIDX_DATA_DIR),
    mediaWorkers: data.VOCATIVE_MEDIA_WORKERS,
    mediaMemoryBytes: data.VOCATIVE_MEDIA_MEMORY_MB * 2 ** 20,
    ttsTimeoutMs: data.VOCATIVE_TTS_TIMEOUT_MS,
    speechLimits: data.VOCATIVE_SPEECH_LIMITS,
    speech: speechEnvironmentOf(data),
    face: faceEnvironmentOf(data),
    chat: chatEnvironmentOf(data),
    secretKey: data.VOCATIVE_SECRET_KEY,
    outgoingAllow: data.VOCATIVE_OUTGOING_ALLOW,
    policy: policyOf(data),
    server: serverOf(data),
    log: { folder: path.resolve(data.VOCATIVE_LOG_DIR), format: data.VOCATIVE_LOG_FORMAT },
  };
}

type Variables = z.infer<typeof environmentSchema>;

function policyOf(data: Variables): PolicyEnvironment {
  return {
    keeps: data.VOCATIVE_OUTPUTS,
    maxUploadBytes: data.VOCATIVE_MAX_UPLOAD_MB * 2 ** 20,
    maxDurationSeconds: data.VOCATIVE_MAX_DURATION_SECONDS,
    speechCommands: data.VOCATIVE_TTS_COMMANDS,
    wav2lip: { repo: data.WAV2LIP_REPO ?? null, checkpoint: data.WAV2LIP_CHECKPOINT ?? null },
    requireConsent: data.VOCATIVE_REQUIRE_CONSENT,
    uploadDays: data.VOCATIVE_UPLOAD_DAYS,
    outputDays: data.VOCATIVE_OUTPUT_DAYS,
  };
}

function serverOf(data: Variables): ServerEnvironment {
  return {
    host: data.API_HOST,
    port: data.API_PORT,
    workers: data.VOCATIVE_WORKERS,
    allowedOrigins: data.VIDX_ALLOWED_ORIGINS,
    allowedHosts: data.VOCATIVE_ALLOWED_HOSTS,
    open: data.VOCATIVE_OPEN,
    trustProxy: data.VOCATIVE_TRUST_PROXY,
    bodyPatienceMs: data.VOCATIVE_BODY_PATIENCE_SECONDS * 1000,
    requestsPerMinute: data.VOCATIVE_RATE_LIMIT,
  };
}
