import { z } from "zod";
import type { Refusal } from "../../remote/provider-client.ts";
import { jsonOf, messageIn } from "../../remote/provider-message.ts";

/** Of older answers `status` is the code, of newer ones `code`; 422 has FastAPI's list. */
const errorBody = z.object({
  detail: z.union([
    z.string().transform((message) => ({ code: "", message })),
    z
      .array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() }))
      .transform((issues) => ({
        code: "",
        message: issues.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; "),
      })),
    z
      .object({ status: z.string().nullish(), code: z.string().nullish(), message: z.string() })
      .transform(({ status, code, message }) => ({ code: status ?? code ?? "", message })),
  ]),
});

const CHECK_KEY = "check elevenlabs_api_key or ELEVENLABS_API_KEY";
const NO_VOICE_SLOT = "the account has no free voice slot";
/** What the provider says is cut to so many characters, so that the remedy is always read. */
const QUOTE_LENGTH = 110;

type Meaning = Omit<Refusal, "message"> & { says: string };

/** By code: what it means and what to do (elevenlabs.io/docs/eleven-api/resources/errors). */
const MEANINGS: Record<string, Meaning> = {
  invalid_api_key: { kind: "closed", says: `the API key is not valid, ${CHECK_KEY}` },
  missing_api_key: { kind: "closed", says: `the API key is missing, ${CHECK_KEY}` },
  needs_authorization: { kind: "closed", says: `the API key is missing, ${CHECK_KEY}` },
  missing_permissions: {
    kind: "closed",
    says: "the API key lacks a permission, allow it in the key's settings",
  },
  quota_exceeded: {
    kind: "closed",
    says: "the credits of the account or the key are used up, top up or raise the key's limit",
  },
  insufficient_credits: { kind: "closed", says: "the account's credits are used up, top up" },
  detected_unusual_activity: {
    kind: "closed",
    says: "the account is blocked for unusual activity, use a paid plan or ask ElevenLabs",
  },
  paid_plan_required: { kind: "closed", says: "this needs a paid plan, upgrade the account" },
  voice_not_found: {
    kind: "never",
    code: "VOICE_UNKNOWN",
    says: "no such voice in this account, choose another elevenlabs_voice_id",
  },
  voice_does_not_exist: {
    kind: "never",
    code: "VOICE_UNKNOWN",
    says: "no such voice in this account, choose another elevenlabs_voice_id",
  },
  invalid_uid: {
    kind: "never",
    code: "VOICE_UNKNOWN",
    says: "not a voice's id, choose another elevenlabs_voice_id",
  },
  model_not_found: { kind: "never", says: "no such model, choose another elevenlabs_model_id" },
  voice_limit_reached: { kind: "never", says: NO_VOICE_SLOT },
  too_many_concurrent_requests: { kind: "wait", says: "too many requests at a time" },
  concurrent_limit_exceeded: { kind: "wait", says: "too many requests at a time" },
  rate_limit_exceeded: { kind: "wait", says: "too many requests" },
  system_busy: { kind: "wait", says: "it is busy" },
};

/** By status, where the code is none of those. */
const STATUSES: Record<number, Meaning> = {
  401: { kind: "closed", says: `the API key is refused, ${CHECK_KEY}` },
  402: { kind: "closed", says: "this needs a paid plan, upgrade the account" },
  403: { kind: "closed", says: "the account may not do this, see its plan and the key's settings" },
  408: { kind: "again", says: "" },
  409: { kind: "again", says: "" },
  425: { kind: "again", says: "" },
  429: { kind: "wait", says: "too many requests" },
};

/** What an answer with an error status means. */
export function refusalOf({ status, text }: { status: number; text: string }): Refusal {
  const { code, message: said } = detailOf(text);
  const known = MEANINGS[code] ?? STATUSES[status];
  const { says, ...meaning } = known ?? { kind: status >= 500 ? "again" : "never", says: "" };
  const quote = said.length > QUOTE_LENGTH ? `${said.slice(0, QUOTE_LENGTH)}…` : said;
  const message = says === "" ? quote : quote === "" ? says : `${says} (${quote})`;
  return { ...meaning, message };
}

/** Whether the account may have no further voice: what is to be told from any other failure. */
export function saysNoVoiceSlot(error: Error): boolean {
  return error.message.includes(NO_VOICE_SLOT);
}

function detailOf(text: string): { code: string; message: string } {
  // A gateway before the API answers as it likes.
  return errorBody.safeParse(jsonOf(text)).data?.detail ?? { code: "", message: messageIn(text) };
}
