import { z } from "zod";
import type { Refusal } from "../../remote/provider-client.ts";
import { jsonOf, messageIn } from "../../remote/provider-message.ts";

/** platform.openai.com/docs/guides/error-codes; compatible servers leave some of it out. */
const refusalBody = z.object({
  error: z.object({
    type: z.string().nullish().catch(null),
    code: z.string().nullish().catch(null),
    param: z.string().nullish().catch(null),
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
const REQUEST_AT_FAULT = new Set([400, 404, 422]);

/** What a refusal of an OpenAI-compatible server means; null for what its status says already. */
export function openAiRefusal({ status, text }: { status: number; text: string }): Refusal | null {
  const { type, code, param } = refusalBody.safeParse(jsonOf(text)).data?.error ?? {};
  const message = messageIn(text);
  if (ACCOUNT.has(code ?? "") || ACCOUNT.has(type ?? "")) return { kind: "closed", message };
  const aboutVoice = param === "voice" || /voice/iu.test(message);
  if (REQUEST_AT_FAULT.has(status) && aboutVoice) {
    return { kind: "never", message, code: "VOICE_UNKNOWN" };
  }
  return null;
}
