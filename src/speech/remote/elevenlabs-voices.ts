import { randomBytes } from "node:crypto";
import { z } from "zod";
import { AppError, toAppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import { isRetryLater } from "../../domain/retry-later.ts";
import type { Voice } from "../../ports/speech-model.ts";
import { waitFor } from "../../remote/pace.ts";
import type { ProviderAnswer } from "../../remote/provider-client.ts";
import { jsonOf } from "../../remote/provider-message.ts";
import type { CreatedVoice } from "../clone/voice-clones.ts";
import type { VoiceSample } from "../clone/voice-sample.ts";
import { accountOf, createElevenLabsClient, type ElevenLabsAccess } from "./elevenlabs-client.ts";
import { saysNoVoiceSlot } from "./elevenlabs-refusal.ts";

/** The voices of one account. `create` and `remove` are what `createVoiceClones` is given. */
export type ElevenLabsVoices = {
  /** Tells accounts apart; not the key. */
  account: string;
  /** @throws AppError as `SpeechModel.speak`. */
  list(options: { signal: AbortSignal }): Promise<Voice[]>;
  /** Clones the voice of a sample. @throws AppError as `SpeechModel.speak`. */
  create(sample: VoiceSample, options: { signal: AbortSignal }): Promise<CreatedVoice>;
  /** Deletes a voice; one that is gone already is no error. @throws AppError as `SpeechModel.speak`. */
  remove(voice: string, options: { signal: AbortSignal }): Promise<void>;
  close(): void;
};

/** A sample of 11 MB over a slow line, and the time it takes to learn the voice. */
const CLONE_TIMEOUT_MS = 180_000;
const CLONE_ATTEMPTS = 3;
const PAUSE_MS = 2000;

const MEDIA_TYPES: Record<string, string> = {
  ".aac": "audio/aac",
  ".flac": "audio/flac",
  ".m4a": "audio/mp4",
  ".mp3": "audio/mpeg",
  ".mp4": "audio/mp4",
  ".ogg": "audio/ogg",
  ".opus": "audio/ogg",
  ".wav": "audio/wav",
  ".webm": "audio/webm",
};

const createdAnswer = z.object({ voice_id: z.string().min(1) });
const listAnswer = z.object({
  voices: z.array(
    z.object({
      voice_id: z.string(),
      name: z.string().nullish(),
      labels: z.record(z.string(), z.unknown()).nullish(),
      verified_languages: z
        .array(z.object({ language: z.string(), locale: z.string().nullish() }))
        .nullish(),
    }),
  ),
});

/**
 * `POST /v1/voices/add`, `GET /v1/voices`, `DELETE /v1/voices/{voice_id}`
 * (elevenlabs.io/docs/api-reference/voices).
 */
export function createElevenLabsVoices(access: ElevenLabsAccess): ElevenLabsVoices {
  const client = createElevenLabsClient(access);
  // A voice may have been made although the answer was lost: the request is not simply sent again.
  const cloning = createElevenLabsClient({ ...access, timeoutMs: CLONE_TIMEOUT_MS, attempts: 1 });
  const wait = access.wait ?? waitFor;

  async function listed(signal: AbortSignal) {
    const answer = await client.send({ method: "GET", path: "/v1/voices" }, { signal });
    return parsed(listAnswer, answer, "the voices of the account").voices;
  }

  async function add(name: string, sample: VoiceSample, signal: AbortSignal): Promise<string> {
    const answer = await cloning.send(
      { path: "/v1/voices/add", body: () => cloneForm(name, sample) },
      { signal },
    );
    return parsed(createdAnswer, answer, "the id of the cloned voice").voice_id;
  }

  return {
    account: accountOf(access),
    async list({ signal }) {
      return (await listed(signal)).map(({ voice_id, name, labels, verified_languages }) => {
        const label = labels?.["language"];
        const verified = verified_languages?.map(({ language, locale }) => locale ?? language);
        const languages = verified?.length ? verified : typeof label === "string" ? [label] : [];
        return { id: voice_id, name: name || voice_id, languages: [...new Set(languages)] };
      });
    },
    async create(sample, { signal }) {
      // By this name, which nobody else knows, it is found when the answer was lost.
      const name = `Vocative ${sample.hash.slice(0, 8)} ${randomBytes(6).toString("hex")}`;
      for (let attempt = 1; ; attempt++) {
        try {
          return { kind: "made", voice: await add(name, sample, signal) };
        } catch (thrown) {
          const error = toAppError(thrown);
          if (saysNoVoiceSlot(error)) return { kind: "full", message: error.message };
          if (!error.retryable || isRetryLater(error)) throw error;
          const made = (await listed(signal)).find((voice) => voice.name === name);
          if (made) return { kind: "made", voice: made.voice_id };
          if (attempt >= CLONE_ATTEMPTS) throw error;
          await wait(PAUSE_MS * attempt, signal).catch(() => checkSignal(signal));
        }
      }
    },
    async remove(voice, { signal }) {
      try {
        const path = `/v1/voices/${encodeURIComponent(voice)}`;
        await client.send({ method: "DELETE", path }, { signal });
      } catch (thrown) {
        if (toAppError(thrown).code !== "VOICE_UNKNOWN") throw thrown;
      }
    },
    close() {
      client.close();
      cloning.close();
    },
  };
}

/** The sample's own name stays here: it may be a person's. */
function cloneForm(name: string, { bytes, extension }: VoiceSample): FormData {
  const form = new FormData();
  const type = MEDIA_TYPES[extension] ?? "application/octet-stream";
  // A copy, as a Blob takes no view of memory that may be shared.
  form.set("files", new File([Uint8Array.from(bytes)], `sample${extension}`, { type }));
  form.set("name", name);
  // Of a clean recording it would make a worse voice.
  form.set("remove_background_noise", "false");
  form.set(
    "description",
    "Cloned by Vocative from a voice sample; it is cloned again when needed.",
  );
  return form;
}

function parsed<T>(schema: z.ZodType<T>, { body }: ProviderAnswer, what: string): T {
  const { data, error } = schema.safeParse(jsonOf(new TextDecoder().decode(body)));
  if (data !== undefined) return data;
  const message = `ElevenLabs answered with something else than ${what}: ask again`;
  throw new AppError("SPEECH_FAILED", message, { retryable: true, cause: error });
}
