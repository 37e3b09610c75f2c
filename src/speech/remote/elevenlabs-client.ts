import { createHash } from "node:crypto";
import { AppError } from "../../domain/app-error.ts";
import {
  createProviderClient,
  type ProviderClient,
  type ProviderClientOptions,
} from "../../remote/provider-client.ts";
import { refusalOf } from "./elevenlabs-refusal.ts";

/** An account of ElevenLabs and how it is reached. */
export type ElevenLabsAccess = Pick<ProviderClientOptions, "fetch" | "clock" | "wait"> & {
  /** A secret: it is sent as a header and appears nowhere else. */
  apiKey: string;
  /** `https://api.elevenlabs.io` when left out. */
  baseUrl?: string;
};

const BASE_URL = "https://api.elevenlabs.io";
/** The highest plans allow so many requests at a time, the lowest the other (as of 2026). */
const CONCURRENCY = { most: 15, atFirst: 2 };

/**
 * Sends requests to an account. How many at a time is learnt from its answers.
 * @throws AppError INVALID_OPTION when the key cannot be one.
 */
export function createElevenLabsClient(
  access: ElevenLabsAccess & Pick<ProviderClientOptions, "timeoutMs" | "attempts">,
): ProviderClient {
  const { apiKey, baseUrl = BASE_URL, ...overrides } = access;
  const key = checkedKey(apiKey);
  const client = createProviderClient({
    ...overrides,
    name: "ElevenLabs",
    limit: "speech:elevenlabs",
    baseUrl,
    headers: { "xi-api-key": key },
    concurrency: CONCURRENCY.most,
    refusal(answer) {
      heed(answer.headers);
      return refusalOf(answer);
    },
  });
  client.pace.allow(CONCURRENCY.atFirst);

  function heed(headers: Headers): void {
    const allowed = Number(headers.get("maximum-concurrent-requests"));
    if (Number.isInteger(allowed) && allowed > 0) client.pace.allow(allowed);
  }

  return {
    pace: client.pace,
    async send(call, options) {
      const answer = await client.send(call, options);
      heed(answer.headers);
      return answer;
    },
    close: () => client.close(),
  };
}

/** Tells accounts apart without showing the key. */
export function accountOf({ apiKey }: ElevenLabsAccess): string {
  return createHash("sha256").update(`vocative elevenlabs account\n${apiKey.trim()}`).digest("hex");
}

function checkedKey(apiKey: string): string {
  const key = apiKey.trim();
  if (key !== "") return key;
  throw new AppError(
    "INVALID_OPTION",
    "the ElevenLabs API key is empty: set elevenlabs_api_key or ELEVENLABS_API_KEY",
  );
}
