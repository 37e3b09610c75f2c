import {
  type Received,
  type Reply,
  type StandIn,
  startStandIn,
} from "../speech-servers/stand-in.ts";
import { type Said, scriptedAnswer } from "./scripted-answers.ts";

/** Stands in for Gemini at `/v1beta`, as ai.google.dev/api/generate-content says. */
export function startGemini({ key }: { key: string }): Promise<StandIn> {
  return startStandIn((request) => answerOf(request, key));
}

function answerOf({ method, path, headers, body }: Received, key: string): Reply {
  const given = headers["x-goog-api-key"] ?? "";
  if (given !== key) {
    const details = [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" },
    ];
    const message = `API key not valid (${given}). Please pass a valid API key.`;
    return geminiRefusal(400, { message, status: "INVALID_ARGUMENT", details });
  }
  if (
    method !== "POST" ||
    !/^\/v1beta\/models\/[^/]+:streamGenerateContent\?alt=sse$/u.test(path)
  ) {
    return geminiRefusal(404, { message: `${path} is not found`, status: "NOT_FOUND" });
  }
  const { contents, generationConfig } = JSON.parse(body.toString());
  const texts = contents.map(({ parts }: { parts: { text: string }[] }) => parts[0]?.text ?? "");
  return geminiStream(scriptedAnswer(texts, generationConfig.maxOutputTokens));
}

/** A stream of chunks, in pieces of 5 bytes: they end within characters. */
export function geminiStream(
  { pieces, cut = false }: Said,
  finish = cut ? "MAX_TOKENS" : "STOP",
): Reply {
  const usageMetadata = {
    promptTokenCount: 11,
    candidatesTokenCount: pieces.length,
    totalTokenCount: 11 + pieces.length,
  };
  const candidates = [{ content: { role: "model", parts: [] }, finishReason: finish, index: 0 }];
  const events = [...pieces.map((text) => geminiPiece(text)), event({ candidates, usageMetadata })];
  const headers = { "content-type": "text/event-stream" };
  return { headers, body: events.join(""), chunkBytes: 5 };
}

/** A question that is not answered at all. */
export function geminiBlockedPrompt(): Reply {
  const usageMetadata = { promptTokenCount: 11, totalTokenCount: 11 };
  const body = event({ promptFeedback: { blockReason: "SAFETY" }, usageMetadata });
  return { headers: { "content-type": "text/event-stream" }, body };
}

/** One piece of an answer as an event. */
export function geminiPiece(text: string): string {
  return event({ candidates: [{ content: { role: "model", parts: [{ text }] }, index: 0 }] });
}

function event(fields: object): string {
  return `data: ${JSON.stringify({ ...fields, modelVersion: "m" })}\r\n\r\n`;
}

/** A refusal as cloud.google.com/apis/design/errors has them. */
export function geminiRefusal(
  code: number,
  { message, status, details = [] }: { message: string; status: string; details?: object[] },
): Reply {
  const error = { code, message, status, details };
  return {
    status: code,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error }),
  };
}
