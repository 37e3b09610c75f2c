import { isIP } from "node:net";
import { z } from "zod";
import { chatVariables } from "./chat-variables.ts";
import { faceVariables } from "./face-variables.ts";
import { speechVariables } from "./speech-variables.ts";

/** Parts of a list, without those that are blank. */
const list = (separator: RegExp) =>
  z.string().transform((text) =>
    text
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  );
const commaList = list(/,/u);
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const yesOrNo = z.stringbool({
  truthy: ["true", "1", "yes", "on"],
  falsy: ["false", "0", "no", "off"],
  error: "give true or false",
});

const origin = z.string().refine((text) => text === "*" || (URL.parse(text)?.host ?? "") !== "", {
  error: "give origins such as http://localhost:3000, separated by commas",
});
const hostName = z.string().regex(/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/iu, {
  error: "give names such as api.example.com, separated by commas, without http://",
});
const hostAndPort = z.string().regex(/^(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/iu, {
  error: "give host:port, separated by commas",
});
const proxyAddress = z.string().refine(isAddressRange, {
  error: "give addresses or ranges such as 10.0.0.0/8, separated by commas",
});

/** `espeak=4` or, with texts per minute, `elevenlabs=2/100`. */
const speechLimit = z
  .string()
  .regex(/^[a-z0-9_-]+\s*=\s*[1-9]\d{0,5}(?:\s*\/\s*[1-9]\d{0,8})?$/u, {
    error: "give provider=at once/per minute, such as elevenlabs=2/100, separated by commas",
  })
  .transform((text): [string, { concurrency: number; perMinute?: number }] => {
    const [provider = "", concurrency, perMinute] = text.split(/[=/]/u).map((part) => part.trim());
    return [
      `speech:${provider}`,
      {
        concurrency: Number(concurrency),
        ...(perMinute !== undefined && { perMinute: Number(perMinute) }),
      },
    ];
  });

/** Every variable of the process environment that has a meaning here. */
export const environmentSchema = z.object({
  /** Where data and caches live when a command does not say otherwise. */
  VIDX_DATA_DIR: z.string().min(1).default("backend_data"),
  STORAGE_BACKEND: z
    .enum(["local", "s3"], { error: "give local" })
    .refine((backend) => backend === "local", {
      error: "s3 is not built yet: leave it out, or give local",
    })
    .default("local"),
  /** Media worker processes; one per core when not given. */
  VOCATIVE_MEDIA_WORKERS: whole(1, 64).optional(),
  /** Memory at which a media worker is ended, megabytes. */
  VOCATIVE_MEDIA_MEMORY_MB: z.coerce.number().int().min(256).default(1536),
  /** A speech command that takes longer for one text is ended, milliseconds. */
  VOCATIVE_TTS_TIMEOUT_MS: z.coerce.number().int().min(100).default(60_000),
  /** What is kept of every output of a job. */
  VOCATIVE_OUTPUTS: z
    .enum(["files", "renditions"], { error: "give files or renditions" })
    .default("files"),
  /** What a provider of speech may be asked for. */
  VOCATIVE_SPEECH_LIMITS: commaList.pipe(z.array(speechLimit)).default([]),
  VOCATIVE_REQUIRE_CONSENT: yesOrNo.default(false),
  ...speechVariables,
  ...faceVariables,
  ...chatVariables,

  API_HOST: z.string().trim().min(1).default("0.0.0.0"),
  /** 0 lets the system choose. */
  API_PORT: whole(0, 65_535).default(8000),
  /** Worker processes that `serve` starts. */
  VOCATIVE_WORKERS: whole(0, 64).default(1),
  VIDX_ALLOWED_ORIGINS: commaList
    .pipe(z.array(origin))
    .default(["http://localhost:3000", "http://127.0.0.1:3000"]),
  VOCATIVE_ALLOWED_HOSTS: commaList.pipe(z.array(hostName)).default([]),
  VOCATIVE_OPEN: yesOrNo.default(false),
  VOCATIVE_TRUST_PROXY: commaList.pipe(z.array(proxyAddress)).default([]),
  VOCATIVE_OUTGOING_ALLOW: commaList.pipe(z.array(hostAndPort)).default([]),
  /** 32 bytes as hex or base64. */
  VOCATIVE_SECRET_KEY: z.string().trim().optional(),

  VOCATIVE_MAX_UPLOAD_MB: whole(1, 1_000_000).default(5000),
  VOCATIVE_MAX_DURATION_SECONDS: z.coerce.number().positive().max(86_400).default(14_400),
  /** How long an upload may all but stand still, and any other body may take. */
  VOCATIVE_BODY_PATIENCE_SECONDS: z.coerce.number().min(1).max(3600).default(30),
  /** Requests per minute of one key or address. */
  VOCATIVE_RATE_LIMIT: whole(1, 10_000_000).optional(),
  VOCATIVE_UPLOAD_DAYS: z.coerce.number().positive().max(36_500).default(7),
  VOCATIVE_OUTPUT_DAYS: z.coerce.number().positive().max(36_500).default(30),

  /** Values of `tts_cmd` that clients may send, one a line or separated by `;;`. */
  VOCATIVE_TTS_COMMANDS: list(/\r?\n|;;/u).default([]),
  WAV2LIP_REPO: z.string().optional(),
  WAV2LIP_CHECKPOINT: z.string().optional(),

  VOCATIVE_LOG_FORMAT: z.enum(["text", "json"], { error: "give text or json" }).default("text"),
  VOCATIVE_LOG_DIR: z.string().min(1).default("logs"),
});

/** An address, or one with the length of its prefix; names of ranges as proxy-addr knows them. */
function isAddressRange(text: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(text)) return true;
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/u.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}
