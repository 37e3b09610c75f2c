import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Audio } from "../../../src/domain/audio.ts";
import { tone } from "../../../src/speech/testing/fake-speech.ts";
import { toneSeconds } from "./spoken-tone.ts";
import { type Received, type Reply, type StandIn, startStandIn } from "./stand-in.ts";

export type StandInVoice = {
  id: string;
  name: string;
  category: "premade" | "cloned";
  /** Of clones: how many bytes each sample had, and its media type. */
  samples: { bytes: number; type: string }[];
};

export type ElevenLabsServer = StandIn & {
  /** The account's voices now. */
  voices: Map<string, StandInVoice>;
  /** How often each text was asked for, whatever came of it. */
  asked: Map<string, number>;
  /** How often each text was spoken. */
  spoken: Map<string, number>;
  /** Bodies of the requests for speech, as they came. */
  bodies: z.infer<typeof speechBody>[];
  /** What the account may do; changes hold from the next request on. */
  plan: { credits: number; concurrency: number; voices: number };
  /** The next clone is made, and its answer lost. */
  loseNextClone(): void;
};

export const STAND_IN_KEY = "sk_5f1d0c7be2a94d0ab7c3";
export const STAND_IN_VOICE = "21m00Tcm4TlvDq8ikWAM";

const MODELS = [
  ...["eleven_multilingual_v2", "eleven_turbo_v2_5", "eleven_flash_v2_5", "eleven_turbo_v2"],
  ...["eleven_flash_v2", "eleven_monolingual_v1", "eleven_v3"],
];
const MOST_SAMPLE_BYTES = 11 * 2 ** 20;

const fraction = z.number().min(0).max(1);
const speechBody = z.strictObject({
  text: z.string().min(1),
  model_id: z.string().exactOptional(),
  language_code: z.string().length(2).exactOptional(),
  voice_settings: z
    .strictObject({
      stability: fraction.exactOptional(),
      similarity_boost: fraction.exactOptional(),
      style: fraction.exactOptional(),
      use_speaker_boost: z.boolean().exactOptional(),
      speed: z.number().exactOptional(),
    })
    .exactOptional(),
  seed: z.int().exactOptional(),
  previous_text: z.string().min(1).exactOptional(),
  next_text: z.string().min(1).exactOptional(),
});
const speechQuery = z.strictObject({ output_format: z.literal("mp3_44100_128").exactOptional() });

/**
 * Stands in for the API as it is published (elevenlabs.io/docs/api-reference), for one account; more
 * strictly, as it refuses fields it does not know. Its sound is a tone as long as the text: the file that
 * `sound` makes, or a WAV of 8 kHz, as there are tests with thousands of clips.
 */
export async function startElevenLabsServer({
  sound = smallTone,
}: {
  sound?: (text: string, options: { speed: number }) => Uint8Array;
} = {}): Promise<ElevenLabsServer> {
  const plan = {
    credits: Number.POSITIVE_INFINITY,
    concurrency: Number.POSITIVE_INFINITY,
    voices: 10,
  };
  const voices = new Map<string, StandInVoice>();
  const [asked, spoken] = [new Map<string, number>(), new Map<string, number>()];
  const bodies: z.infer<typeof speechBody>[] = [];
  let speaking = 0;
  let losesClone = false;
  voices.set(STAND_IN_VOICE, {
    id: STAND_IN_VOICE,
    name: "Rachel",
    category: "premade",
    samples: [],
  });

  async function answer(request: Received): Promise<Reply> {
    const key = request.headers["xi-api-key"];
    if (key === undefined) {
      return refusal(401, "needs_authorization", "Neither authorization header nor xi-api-key.");
    }
    if (key !== STAND_IN_KEY) return refusal(401, "invalid_api_key", "Invalid API key");
    const { pathname, searchParams } = new URL(request.path, "http://stand-in");
    const query = Object.fromEntries(searchParams);
    const route = `${request.method} ${pathname}`;
    const [, speaker] = /^POST \/v1\/text-to-speech\/([^/]+)\/with-timestamps$/.exec(route) ?? [];
    if (speaker !== undefined) return speech(request, query, speaker);
    if (route === "GET /v1/voices") return json({ voices: [...voices.values()].map(listed) });
    if (route === "POST /v1/voices/add") return clone(request);
    const [, gone] = /^DELETE \/v1\/voices\/([^/]+)$/.exec(route) ?? [];
    if (gone === undefined) return json({ detail: "Not Found" }, 404);
    return voices.delete(gone) ? json({ status: "ok" }) : voiceNotFound(gone);
  }

  async function speech(request: Received, query: unknown, voice: string): Promise<Reply> {
    if (request.headers["content-type"] !== "application/json") return json({ detail: [] }, 422);
    const body = speechBody.safeParse(JSON.parse(request.body.toString("utf8")));
    if (!body.success) return invalid(body.error, "body");
    const queried = speechQuery.safeParse(query);
    if (!queried.success) return invalid(queried.error, "query");
    const { text, model_id = "eleven_multilingual_v2" } = body.data;
    bodies.push(body.data);
    asked.set(text, (asked.get(text) ?? 0) + 1);
    const fault = faultOf(body.data, model_id);
    if (fault) return fault;
    if (!voices.has(voice)) return voiceNotFound(voice);
    if (text.length > plan.credits) {
      const needs = `You have ${plan.credits} credits remaining, while ${text.length} credits are required for this request.`;
      return refusal(401, "quota_exceeded", `This request exceeds your quota. ${needs}`);
    }
    if (speaking >= plan.concurrency) {
      const many = "Too many concurrent requests. Your current subscription has a maximum of";
      const reply = refusal(429, "too_many_concurrent_requests", `${many} ${plan.concurrency}.`);
      return { ...reply, headers: { ...reply.headers, ...concurrencyHeaders() } };
    }
    speaking++;
    // Others come in meanwhile.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    const headers = { ...concurrencyHeaders(), "character-cost": String(text.length) };
    speaking--;
    plan.credits -= text.length;
    spoken.set(text, (spoken.get(text) ?? 0) + 1);
    return { ...json(spokenText(text, body.data.voice_settings?.speed ?? 1)), headers };
  }

  function concurrencyHeaders(): Record<string, string> {
    if (!Number.isFinite(plan.concurrency)) return {};
    return {
      "current-concurrent-requests": String(speaking),
      "maximum-concurrent-requests": String(plan.concurrency),
    };
  }

  function spokenText(text: string, speed: number) {
    const characters = [...text];
    const edge = toneSeconds("") / 2;
    const heard = toneSeconds(text, speed) - 2 * edge;
    const at = (index: number) => edge + (index * heard) / characters.length;
    const alignment = {
      characters,
      character_start_times_seconds: characters.map((_, index) => at(index)),
      character_end_times_seconds: characters.map((_, index) => at(index + 1)),
    };
    return {
      audio_base64: Buffer.from(sound(text, { speed })).toString("base64"),
      alignment,
      normalized_alignment: alignment,
    };
  }

  async function clone({ headers, body }: Received): Promise<Reply> {
    const type = headers["content-type"] ?? "";
    if (!type.startsWith("multipart/form-data")) return json({ detail: [] }, 422);
    const form = await new Response(Uint8Array.from(body), {
      headers: { "content-type": type },
    }).formData();
    const unknown = [...form.keys()].find((name) => !CLONE_FIELDS.includes(name));
    const [name, files] = [form.get("name"), form.getAll("files")];
    if (unknown !== undefined) return missing(unknown, "Extra inputs are not permitted");
    if (typeof name !== "string" || name === "") return missing("name", "Field required");
    const samples = files.filter((file) => typeof file !== "string");
    if (samples.length === 0) return missing("files", "Field required");
    if (samples.some(({ size }) => size === 0 || size > MOST_SAMPLE_BYTES)) {
      return refusal(400, "upload_file_size_exceeded", "A uploaded file is too large. Max 11MB");
    }
    const noise = form.get("remove_background_noise");
    if (noise !== null && noise !== "true" && noise !== "false") {
      return missing("remove_background_noise", "Input should be a valid boolean");
    }
    const cloned = [...voices.values()].filter(({ category }) => category === "cloned").length;
    if (cloned >= plan.voices) {
      const limit = `You have reached your maximum amount of custom voices (${cloned} / ${plan.voices}).`;
      return refusal(400, "voice_limit_reached", `${limit} You can upgrade your subscription.`);
    }
    const id = randomBytes(10).toString("hex");
    const taken = samples.map(({ size, type }) => ({ bytes: size, type }));
    voices.set(id, { id, name, category: "cloned", samples: taken });
    const lost = losesClone;
    losesClone = false;
    if (lost) return { status: 502, body: "<html><title>502 Bad Gateway</title></html>" };
    return json({ voice_id: id, requires_verification: false });
  }

  const standIn = await startStandIn(answer);
  return {
    ...standIn,
    voices,
    asked,
    spoken,
    bodies,
    plan,
    loseNextClone: () => {
      losesClone = true;
    },
  };
}

const CLONE_FIELDS = ["name", "files", "remove_background_noise", "description", "labels"];

/** As the API answers what a model cannot do. */
function faultOf(body: z.infer<typeof speechBody>, model: string): Reply | null {
  if (!MODELS.includes(model)) {
    return refusal(400, "model_not_found", `A model with model ID ${model} does not exist`);
  }
  if (body.language_code !== undefined && !/_v2_5$/.test(model)) {
    return refusal(400, "unsupported_language", `Model '${model}' does not support language_code`);
  }
  if (model === "eleven_v3" && (body.previous_text ?? body.next_text) !== undefined) {
    return refusal(400, "unsupported_model", "Providing previous_text is not supported");
  }
  const { speed = 1 } = body.voice_settings ?? {};
  if (speed >= 0.7 && speed <= 1.2) return null;
  return refusal(400, "invalid_voice_settings", "speed must be between 0.7 and 1.2");
}

function listed({ id, name, category }: StandInVoice) {
  const labels = category === "premade" ? { language: "en", gender: "female" } : {};
  return { voice_id: id, name, category, labels, description: null, verified_languages: null };
}

function voiceNotFound(id: string): Reply {
  return refusal(404, "voice_not_found", `A voice with voice_id '${id}' was not found.`);
}

/** An error as the API words it. */
export function refusal(status: number, code: string, message: string): Reply {
  return json({ detail: { status: code, message } }, status);
}

function invalid(error: z.ZodError, place: string): Reply {
  const detail = error.issues.map(({ path, message, code }) => ({
    type: code,
    loc: [place, ...path],
    msg: message,
  }));
  return json({ detail }, 422);
}

function missing(field: string, msg: string): Reply {
  return json({ detail: [{ type: "value_error", loc: ["body", field], msg }] }, 422);
}

function json(value: unknown, status = 200): Reply {
  const headers = { "content-type": "application/json" };
  return { status, headers, body: JSON.stringify(value) };
}

function smallTone(text: string, { speed }: { speed: number }): Uint8Array {
  const { samples, sampleRate } = tone({ seconds: toneSeconds(text, speed) });
  const half = samples.filter((_, index) => index % 2 === 0);
  return encodeWav({ samples: half, sampleRate: sampleRate / 2 });
}

const WAV_HEADER_BYTES = 44;

/** 16-bit mono WAV. */
export function encodeWav({ samples, sampleRate }: Audio): Uint8Array {
  const wav = Buffer.alloc(WAV_HEADER_BYTES + 2 * samples.length);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(2 * sampleRate, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * samples.length, 40);
  const sound = new Int16Array(wav.buffer, wav.byteOffset + WAV_HEADER_BYTES, samples.length);
  for (const [index, sample] of samples.entries()) sound[index] = Math.round(sample * 32_767);
  return wav;
}

/** Reads what `encodeWav` writes. */
export function decodeWav(wav: Uint8Array): Audio {
  const copy = Buffer.from(wav);
  if (copy.toString("latin1", 0, 4) !== "RIFF") throw new Error("no WAV");
  const samples = new Float32Array((copy.length - WAV_HEADER_BYTES) / 2);
  for (const index of samples.keys()) {
    samples[index] = copy.readInt16LE(WAV_HEADER_BYTES + 2 * index) / 32_768;
  }
  return { samples, sampleRate: copy.readUInt32LE(24) };
}
