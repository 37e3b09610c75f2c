import { AppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Speech, SpeechModel } from "../../ports/speech-model.ts";
import {
  type ClientOverrides,
  createProviderClient,
  type ProviderCall,
  type Refusal,
} from "../../remote/provider-client.ts";
import { messageIn } from "../../remote/provider-message.ts";
import { checkRequest } from "../text/request-text.ts";
import { speakableLine, spokenLine } from "../text/spoken-text.ts";
import type { DecodeSound } from "./decode-sound.ts";
import { readSound } from "./read-sound.ts";
import { speakInParts } from "./speak-in-parts.ts";
import {
  checkXttsVoice,
  requireXttsLanguage,
  xttsLanguage,
  xttsVoice,
  xttsWarnings,
} from "./xtts.ts";

export type XttsServerOptions = {
  /** Such as `http://localhost:5002`. */
  baseUrl: string;
  /** `coqui`: tts-server of coqui-tts 0.26 and later. `xtts-api-server`: github.com/daswer123/xtts-api-server. */
  kind: XttsServerKind;
  /**
   * The recording whose voice speaks, as the server finds it: a path on its disk, or a name in its
   * folder of speakers. The operator's, never a client's.
   */
  reference: string;
  decode: DecodeSound;
  client?: ClientOverrides;
};

export type XttsServerKind = keyof typeof CALLS;

/** What a part of a text is asked for with; as servers of a kind have it in their source. */
type PartCall = (part: { text: string; reference: string; language: string }) => ProviderCall;

const CALLS = {
  /** TTS/server/server.py */
  coqui: ({ text, reference, language }) => ({
    path: "/api/tts",
    headers: { "content-type": "application/x-www-form-urlencoded;charset=utf-8" },
    body: () =>
      new URLSearchParams({ text, speaker_wav: reference, language_id: language }).toString(),
  }),
  /** xtts_api_server/server.py */
  "xtts-api-server": ({ text, reference, language }) => ({
    path: "/tts_to_audio/",
    headers: { "content-type": "application/json" },
    body: () => JSON.stringify({ text, speaker_wav: reference, language }),
  }),
} satisfies Record<string, PartCall>;

/** Node gives up on an answer's headers after 300 s, and they come when all is spoken. */
const TIMEOUT_MS = 290_000;
/** These servers tell a request's own faults with 500, too: more often would be in vain. */
const ATTEMPTS = 2;

/**
 * XTTS v2 on a server of the operator's: it speaks one text at a time, so it is asked for one at a time.
 * @throws AppError INVALID_OPTION for an unusable address or an empty reference.
 */
export function createXttsServer(options: XttsServerOptions): SpeechModel {
  const { baseUrl, kind, reference, decode } = options;
  if (reference.trim() === "") {
    const message = "XTTS has no recording to take its voice from: give its path on the server";
    throw new AppError("INVALID_OPTION", message);
  }
  const own = xttsVoice(reference);
  const name = `the XTTS server ${URL.parse(baseUrl)?.host ?? ""}`.trim();
  const client = createProviderClient({
    name,
    limit: "speech:xtts",
    baseUrl,
    concurrency: 1,
    timeoutMs: TIMEOUT_MS,
    attempts: ATTEMPTS,
    refusal: ownFault,
    ...options.client,
  });

  return {
    provider: "xtts",
    cacheKey(request) {
      const language = xttsLanguage(request)?.code ?? "none";
      const text = spokenLine(request.text);
      return JSON.stringify(["xtts", kind, baseUrl, reference, language, text]);
    },
    async speak(request, { signal }): Promise<Speech> {
      checkSignal(signal);
      checkRequest(request);
      checkXttsVoice(request, own);
      const text = speakableLine(request.text);
      const { code: language, limit } = requireXttsLanguage(request);
      const audio = await speakInParts({
        text,
        limit,
        concurrency: 1,
        provider: name,
        async speak(part) {
          const call = CALLS[kind]({ text: part, reference, language });
          const { body: sound } = await client.send(call, { signal });
          return readSound({ sound, text: part, provider: name, decode, signal });
        },
      });
      return { audio, voice: own.id, warnings: xttsWarnings(request) };
    },
    async voices() {
      return [own];
    },
    async close() {
      client.close();
    },
  };
}

/** Both kinds of server answer 500 where the request or their setting up is at fault. */
function ownFault({ status, text }: { status: number; text: string }): Refusal | null {
  const message = messageIn(text);
  const hopeless = /unsupported|not found|no such file|invalid/iu.test(message);
  return status === 500 && hopeless ? { kind: "never", message } : null;
}
