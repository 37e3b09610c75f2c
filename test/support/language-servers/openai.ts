import {
  type Received,
  type Reply,
  type StandIn,
  startStandIn,
} from "../speech-servers/stand-in.ts";
import { type Said, scriptedAnswer } from "./scripted-answers.ts";

/** Stands in for a server with `POST /v1/chat/completions`, as OpenAI's reference for streams says. */
export function startOpenAiChat({ key }: { key: string }): Promise<StandIn> {
  return startStandIn((request) => answerOf(request, key));
}

function answerOf({ method, path, headers, body }: Received, key: string): Reply {
  const authorization = headers["authorization"] ?? "";
  if (authorization !== `Bearer ${key}`) {
    const message = `Incorrect API key provided: ${authorization.replace("Bearer ", "")}.`;
    return openAiRefusal(401, { message, code: "invalid_api_key" });
  }
  if (method !== "POST" || path !== "/v1/chat/completions") {
    return openAiRefusal(404, { message: `Invalid URL (${method} ${path})` });
  }
  const { messages, max_tokens } = JSON.parse(body.toString());
  const texts = messages.map(({ content }: { content: unknown }) =>
    typeof content === "string" ? content : JSON.stringify(content),
  );
  return openAiStream(scriptedAnswer(texts, max_tokens));
}

/** A stream of chunks, in pieces of 5 bytes: they end within characters. */
export function openAiStream(
  { pieces, cut = false }: Said,
  finish = cut ? "length" : "stop",
): Reply {
  const usage = {
    prompt_tokens: 11,
    completion_tokens: pieces.length,
    total_tokens: 11 + pieces.length,
  };
  const events = [
    chunk({
      choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
    }),
    ...pieces.map((content) => openAiPiece(content)),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: finish }] }),
    chunk({ choices: [], usage }),
    "data: [DONE]\n\n",
  ];
  const headers = { "content-type": "text/event-stream" };
  return { headers, body: events.join(""), chunkBytes: 5 };
}

/** One piece of an answer as an event. */
export function openAiPiece(content: string): string {
  return chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
}

function chunk(fields: object): string {
  const common = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" };
  return `data: ${JSON.stringify({ ...common, ...fields })}\n\n`;
}

/** A refusal as platform.openai.com/docs/guides/error-codes has them. */
export function openAiRefusal(
  status: number,
  { message, code = null }: { message: string; code?: string | null },
): Reply {
  const error = { message, type: "invalid_request_error", param: null, code };
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error }),
  };
}
