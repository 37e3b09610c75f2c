import type { Message } from "../../domain/conversation.ts";

/** So much of a conversation is told to the language model. */
const MOST_MESSAGES = 40;
const MOST_CHARACTERS = 20_000;

/** What was said in a conversation, as far as both have heard it. */
export type History = {
  add(message: Message): void;
  /** Whether the user has said something. */
  hasBegun(): boolean;
  /**
   * The latest of it with the new question behind it. It begins with the user, as some providers demand:
   * a greeting before is not told.
   */
  messagesFor(question: string): Message[];
};

export function createHistory(): History {
  let messages: Message[] = [];

  function trim(): void {
    let characters = 0;
    let from = messages.length;
    while (from > 0 && messages.length - from < MOST_MESSAGES) {
      characters += messages[from - 1]?.text.length ?? 0;
      if (characters > MOST_CHARACTERS) break;
      from -= 1;
    }
    messages = messages.slice(from);
  }

  return {
    add(message) {
      if (message.text === "") return;
      const last = messages.at(-1);
      // An answer of which nothing was heard leaves two questions behind each other.
      if (last?.role === message.role) last.text = `${last.text}\n${message.text}`;
      else messages.push({ ...message });
      trim();
    },
    hasBegun: () => messages.some(({ role }) => role === "user"),
    messagesFor(question) {
      const first = messages.findIndex(({ role }) => role === "user");
      const told = first < 0 ? [] : messages.slice(first).map((message) => ({ ...message }));
      const last = told.at(-1);
      if (last?.role === "user") last.text = `${last.text}\n${question}`;
      else told.push({ role: "user", text: question });
      return told;
    },
  };
}
