import { z } from "zod";
import type { Message } from "../domain/conversation.ts";

/** Messages that a client may send, and those of them that the language model is told. */
const MAX_SENT = 1000;
const MAX_TOLD = 40;
const MAX_LENGTH = 20_000;

const text = z.string().max(MAX_LENGTH);
const part = z.union([text, z.object({ text })]);

/** One message, as clients of Gemini or of OpenAI write it. */
export const historyItemSchema = z.union([
  z.object({ role: z.enum(["user", "model"]), parts: z.array(part).min(1).max(100) }),
  z.object({ role: z.enum(["user", "assistant"]), content: text }),
]);

export const historySchema = z
  .array(historyItemSchema)
  .max(MAX_SENT)
  .describe(`earlier messages, oldest first; the last ${MAX_TOLD} count`);

export type HistoryItem = z.infer<typeof historyItemSchema>;

/** A conversation that ends with what the user says now; it begins with the user's words, too. */
export function conversationOf(history: readonly HistoryItem[], prompt: string): Message[] {
  const messages = history
    .slice(-MAX_TOLD)
    .map(messageOf)
    .filter((message) => message.text !== "");
  const first = messages.findIndex(({ role }) => role === "user");
  return [...(first < 0 ? [] : messages.slice(first)), { role: "user", text: prompt }];
}

function messageOf(item: HistoryItem): Message {
  const said =
    "content" in item
      ? item.content
      : item.parts.map((one) => (typeof one === "string" ? one : one.text)).join("\n");
  return { role: item.role === "user" ? "user" : "assistant", text: said.trim() };
}
