import { z } from "zod";
import type { LanguageModel } from "../ports/language-model.ts";
import { checkedBaseUrl } from "../remote/provider-address.ts";
import { jsonOf } from "../remote/provider-message.ts";
import type { ReadRefusal } from "./provider-fault.ts";
import { createProviderModel, type ProviderOverrides } from "./provider-model.ts";

export type GeminiOptions = ProviderOverrides & {
  /** A secret; it is sent as a header, never in an address. */
  apiKey: string;
  /** `gemini-2.5-flash` when left out: it can be told not to think, so that it answers at once. */
  model?: string;
  /** `https://generativelanguage.googleapis.com/v1beta` when left out. */
  baseUrl?: string;
};

const MODEL = "gemini-2.5-flash";
const BASE_URL = "https://generativelanguage.googleapis.com/v1beta";

/**
 * Answers of Google's Gemini: `POST /models/{model}:streamGenerateContent`
 * (ai.google.dev/api/generate-content).
 * @throws AppError INVALID_OPTION for a base URL or a key that cannot be one.
 */
export function createGemini(options: GeminiOptions): LanguageModel {
  const { apiKey, model = MODEL, baseUrl = BASE_URL, ...overrides } = options;
  const base = checkedBaseUrl("Gemini", baseUrl);
  return createProviderModel({
    ...overrides,
    provider: "gemini",
    name: "Gemini",
    host: base.host,
    headers: { "x-goog-api-key": apiKey.trim() },
    readRefusal: geminiRefusal,
    async load({ fetch, headers }) {
      const { createGoogle } = await import("@ai-sdk/google");
      // The SDK asks for a key of its own; the header is what is sent.
      const google = createGoogle({ apiKey: apiKey.trim(), baseURL: base.href, headers, fetch });
      return google(model);
    },
    // What it thinks counts against the tokens of the answer, and is waited for in silence.
    extra: { reasoning: "none" },
  });
}

/** google.rpc.Status with the details that matter (cloud.google.com/apis/design/errors). */
const refusalBody = z.object({
  error: z.object({
    details: z
      .array(
        z.object({
          reason: z.string().optional().catch(undefined),
          retryDelay: z.string().optional().catch(undefined),
          violations: z
            .array(z.object({ quotaId: z.string().optional().catch(undefined) }))
            .optional()
            .catch(undefined),
        }),
      )
      .catch([]),
  }),
});

const geminiRefusal: ReadRefusal = ({ status, text }) => {
  const details = refusalBody.safeParse(jsonOf(text)).data?.error.details ?? [];
  // A wrong key is 400, a model that does not exist 404: nothing can be asked with either.
  const wrongKey = details.some(({ reason }) => reason?.startsWith("API_KEY_"));
  const spent = details.some(({ violations = [] }) =>
    violations.some(({ quotaId }) => quotaId?.includes("PerDay")),
  );
  if (wrongKey || spent || status === 404) return { kind: "closed" };
  const delay = details.find(({ retryDelay }) => retryDelay)?.retryDelay ?? "";
  const seconds = /^(\d+(?:\.\d+)?)s$/u.exec(delay)?.[1];
  return seconds === undefined ? {} : { waitMs: Number(seconds) * 1000 };
};
