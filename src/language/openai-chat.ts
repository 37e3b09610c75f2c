import { z } from "zod";
import type { LanguageModel } from "../ports/language-model.ts";
import { checkedBaseUrl } from "../remote/provider-address.ts";
import { jsonOf } from "../remote/provider-message.ts";
import type { ReadRefusal } from "./provider-fault.ts";
import { createProviderModel, type ProviderOverrides } from "./provider-model.ts";

export type OpenAiChatOptions = ProviderOverrides & {
  /** With its version, such as `https://api.openai.com/v1` or `http://localhost:11434/v1`. */
  baseUrl: string;
  /** Such as `gpt-4o-mini` or `llama3.2`. */
  model: string;
  /** A secret; null for servers of one's own that need none. */
  apiKey: string | null;
};

const OPENAI_HOST = "api.openai.com";

/**
 * Answers of OpenAI and of any server that speaks its language (Ollama, llama.cpp, vLLM):
 * `POST /chat/completions` (platform.openai.com/docs/api-reference/chat/create).
 * @throws AppError INVALID_OPTION for a base URL or a key that cannot be one.
 */
export function createOpenAiChat(options: OpenAiChatOptions): LanguageModel {
  const { baseUrl, model, apiKey, ...overrides } = options;
  const base = checkedBaseUrl("the language model", baseUrl);
  const key = apiKey?.trim();
  const official = base.host === OPENAI_HOST;
  return createProviderModel({
    ...overrides,
    provider: "openai",
    name: official ? "OpenAI" : `the language server ${base.host}`,
    host: base.host,
    headers: key ? { authorization: `Bearer ${key}` } : {},
    readRefusal: openAiRefusal,
    async load({ fetch, headers }) {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      const provider = createOpenAICompatible({
        name: "openai",
        baseURL: base.href,
        headers,
        fetch,
        includeUsage: true,
        // OpenAI's newer models refuse the older name, servers of others know no other.
        ...(official && {
          transformRequestBody: ({ max_tokens, ...body }) => ({
            ...body,
            max_completion_tokens: max_tokens,
          }),
        }),
      });
      return provider.chatModel(model);
    },
  });
}

/** platform.openai.com/docs/guides/error-codes; compatible servers leave some of it out. */
const refusalBody = z.object({
  error: z.object({
    type: z.string().nullish().catch(null),
    code: z.union([z.string(), z.number()]).nullish().catch(null),
  }),
});
/** Waiting does not help against these, whatever their status; the first comes with 429. */
const ACCOUNT = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
  "account_deactivated",
  "model_not_found",
]);
const FILTERED = new Set(["content_filter", "content_policy_violation"]);

const openAiRefusal: ReadRefusal = ({ status, text }) => {
  const { type, code } = refusalBody.safeParse(jsonOf(text)).data?.error ?? {};
  const signs = [String(code), String(type)];
  if (signs.some((sign) => FILTERED.has(sign))) return { kind: "blocked" };
  // 404 is a model or an address that does not exist: nothing can be asked there.
  if (status === 404 || signs.some((sign) => ACCOUNT.has(sign))) return { kind: "closed" };
  return {};
};
