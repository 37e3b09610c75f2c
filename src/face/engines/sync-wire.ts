import { z } from "zod";
import { AppError } from "../../domain/app-error.ts";
import type { Refusal } from "../../remote/provider-client.ts";
import { jsonOf, messageIn } from "../../remote/provider-message.ts";

/**
 * sync.so's API as its reference describes it (https://sync.so/docs/api-reference): header `x-api-key`,
 * `POST /v2/generate` as JSON with addresses or as a form with files, where what is nested is JSON;
 * `GET /v2/generate/{id}`. `outputUrl` is the older name of `outputMediaUrl`.
 */
const generation = z.object({
  id: z.string().min(1),
  status: z.enum(["PENDING", "PROCESSING", "COMPLETED", "FAILED", "REJECTED"]),
  outputMediaUrl: z.string().nullish(),
  outputUrl: z.string().nullish(),
  error: z.string().nullish(),
  errorCode: z.string().nullish(),
});

export type Generation = {
  id: string;
  status: z.infer<typeof generation>["status"];
  /** Where the result is; null until there is one. */
  output: string | null;
  /** Why there is none, in sync.so's words. */
  error: string;
};

/** @throws AppError FACE_FAILED when the answer is none of its API. */
export function readGeneration(body: Uint8Array): Generation {
  const parsed = generation.safeParse(jsonOf(new TextDecoder().decode(body)));
  if (!parsed.success) {
    const message =
      "sync.so answered with something else than a generation: check VOCATIVE_SYNC_URL";
    throw new AppError("FACE_FAILED", message, { cause: parsed.error });
  }
  const { id, status, outputMediaUrl, outputUrl, error, errorCode } = parsed.data;
  return {
    id,
    status,
    output: outputMediaUrl ?? outputUrl ?? null,
    error:
      [error, errorCode && `(${errorCode})`].filter(Boolean).join(" ") || "it does not say why",
  };
}

/** Where the words are to be put into the lips. */
export type SyncSegment = { start: number; end: number };

/** A request whose inputs lie at addresses that sync.so can reach. */
export function addressesBody(request: {
  model: string;
  video: string;
  audio: string;
  segment: SyncSegment;
  webhookUrl: string | null;
}): string {
  const { model, video, audio, segment, webhookUrl } = request;
  const { start: startTime, end: endTime } = segment;
  const refId = "speech";
  return JSON.stringify({
    model,
    input: [
      { type: "video", url: video },
      { type: "audio", url: audio, refId },
    ],
    segments: [{ startTime, endTime, audioInput: { refId, startTime, endTime } }],
    options: { sync_mode: "cut_off" },
    ...(webhookUrl !== null && { webhookUrl }),
  });
}

/** A request that carries its inputs; how segments would name them is not documented. */
export function filesBody(request: {
  model: string;
  video: Blob;
  audio: Blob;
  webhookUrl: string | null;
}): FormData {
  const form = new FormData();
  form.set("model", request.model);
  form.set("options", JSON.stringify({ sync_mode: "cut_off" }));
  if (request.webhookUrl !== null) form.set("webhookUrl", request.webhookUrl);
  form.set("video", request.video, "face.mp4");
  form.set("audio", request.audio, "sound.wav");
  return form;
}

/** What refusals mean (https://sync.so/docs/developer-guides/error-handling). */
export function syncRefusal({ status, text }: { status: number; text: string }): Refusal | null {
  const said = messageIn(text);
  if (status === 401 || status === 403) {
    return { kind: "closed", message: `${said}; check SYNC_API_KEY` };
  }
  if (status === 402) {
    return { kind: "closed", message: `${said}; see the plan and invoices of the account` };
  }
  if (status === 413) {
    return { kind: "never", message: `${said}; the recording is too large: make it smaller` };
  }
  return null;
}
