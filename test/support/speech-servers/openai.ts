import { toneMp3, toneWav } from "./spoken-tone.ts";
import { type Received, type Reply, type StandIn, startStandIn } from "./stand-in.ts";

const VOICES = /^(alloy|ash|ballad|coral|echo|fable|nova|onyx|sage|shimmer|verse|marin|cedar)$/u;
const MODELS = /^(tts-1|tts-1-hd|gpt-4o-mini-tts)$/u;

export type OpenAiStandInOptions = {
  /** Required as a bearer token. */
  key?: string;
  /** What `GET /v1/audio/voices` answers; 404 when left out, as OpenAI does. */
  voices?: unknown;
};

/** Stands in for api.openai.com at `/v1`, as its reference for speech and its error codes say. */
export function startOpenAi(options: OpenAiStandInOptions = {}): Promise<StandIn> {
  return startStandIn((request) => answerOf(request, options));
}

function answerOf(request: Received, { key, voices }: OpenAiStandInOptions): Reply {
  const authorization = request.headers["authorization"];
  if (key !== undefined && authorization !== `Bearer ${key}`) {
    const message = `Incorrect API key provided: ${authorization?.replace("Bearer ", "") ?? ""}. You can find your API key at https://platform.openai.com/account/api-keys.`;
    return refusal(401, { message, code: "invalid_api_key" });
  }
  const call = `${request.method} ${request.path}`;
  if (call === "GET /v1/audio/voices" && voices !== undefined) return json(200, voices);
  if (call !== "POST /v1/audio/speech") return refusal(404, { message: `Invalid URL (${call})` });
  return speech(request);
}

function speech({ headers, body }: Received): Reply {
  const asked = parsed(body.toString());
  if (!asked || !headers["content-type"]?.startsWith("application/json")) {
    return refusal(400, { message: "We could not parse the JSON body of your request." });
  }
  const { model, input, voice, speed = 1, response_format: format = "mp3" } = asked;
  if (typeof model !== "string") return missing("model");
  if (typeof input !== "string" || input === "") return missing("input");
  if (typeof voice !== "string") return missing("voice");
  if (!MODELS.test(model)) {
    const message = `The model '${model}' does not exist or you do not have access to it.`;
    return refusal(404, { message, code: "model_not_found" });
  }
  if ([...input].length > 4096) {
    const message =
      "[{'type': 'string_too_long', 'loc': ('body', 'input'), 'msg': 'String should have at most 4096 characters'}]";
    return refusal(400, { message });
  }
  if (!VOICES.test(voice)) {
    const message = `[{'type': 'enum', 'loc': ('body', 'voice'), 'msg': "Input should be 'nova', 'shimmer', 'echo'", 'input': '${voice}'}]`;
    return refusal(400, { message });
  }
  if (typeof speed !== "number" || speed < 0.25 || speed > 4) {
    return refusal(400, { message: "speed should be from 0.25 to 4", param: "speed" });
  }
  const request = { "x-request-id": "req_0123456789abcdef" };
  if (format === "wav") {
    const sound = toneWav(input, { speed, streamed: true });
    return {
      headers: { ...request, "content-type": "audio/wav" },
      body: sound,
      chunkBytes: 32_768,
    };
  }
  if (format === "mp3") {
    const sound = toneMp3(input, { speed });
    return { headers: { ...request, "content-type": "audio/mpeg" }, body: sound, chunkBytes: 4096 };
  }
  return refusal(400, { message: `response_format ${format}`, param: "response_format" });
}

/** What OpenAI answers when the account has no credit: 429, but waiting is of no use. */
export const NO_CREDIT = refusal(429, {
  message: "You exceeded your current quota, please check your plan and billing details.",
  type: "insufficient_quota",
  code: "insufficient_quota",
});

/** What it answers to requests that come too fast. */
export const TOO_FAST: Reply = {
  ...refusal(429, {
    message: "Rate limit reached for tts-1 in organization org-x on requests per min: Limit 3",
    type: "requests",
    code: "rate_limit_exceeded",
  }),
  headers: { "content-type": "application/json", "retry-after": "20", "retry-after-ms": "20000" },
};

type Fields = { message: string; type?: string; code?: string; param?: string };

function refusal(status: number, fields: Fields): Reply {
  const { message, type = "invalid_request_error", code = null, param = null } = fields;
  return json(status, { error: { message, type, param, code } });
}

function missing(param: string): Reply {
  return refusal(400, { message: `you must provide a ${param} parameter`, param });
}

function json(status: number, value: unknown): Reply {
  const headers = { "content-type": "application/json", "x-request-id": "req_0123456789abcdef" };
  return { status, headers, body: JSON.stringify(value, null, 2) };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
