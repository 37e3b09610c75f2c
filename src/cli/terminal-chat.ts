import { z } from "zod";
import type { Source } from "../domain/conversation.ts";
import type { Output } from "./cli-io.ts";

const sourceSchema = z.object({ title: z.string(), file: z.string(), section: z.string() });

/** What a terminal shows of a conversation; other messages are left out. */
const messageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("opened"), name: z.string() }),
  z.object({ type: z.literal("answer"), epoch: z.number() }),
  z.object({ type: z.literal("text"), text: z.string(), seq: z.number(), epoch: z.number() }),
  z.object({ type: z.literal("answered"), sources: z.array(sourceSchema) }),
  z.object({ type: z.literal("interrupted") }),
  z.object({ type: z.literal("error"), message: z.string() }),
  z.object({ type: z.literal("refused"), message: z.string() }),
]);

/** Control characters would command the terminal. */
const CONTROLS = /[\p{Cc}--[\n\t]]/gv;

/** A conversation in text: what is asked, and what is shown of the answers. */
export type TerminalChat = {
  open(): void;
  ask(question: string): void;
  /** Ends the answer that is being written. @returns false when there is none. */
  interrupt(): boolean;
  /** A message of the other side. */
  receive(text: string): void;
};

/**
 * @param options.onIdle An answer is over, or the conversation has begun.
 */
export function createTerminalChat(options: {
  send: (message: string) => void;
  stdout: Output;
  stderr: Output;
  onIdle: () => void;
}): TerminalChat {
  const { stdout, stderr, onIdle } = options;
  const send = (message: object) => options.send(JSON.stringify({ v: 1, ...message }));
  let name = "";
  let epoch = 0;
  let isAnswering = false;

  function over(): void {
    isAnswering = false;
    onIdle();
  }

  return {
    open: () => send({ type: "open", mode: "text" }),
    ask(text) {
      isAnswering = true;
      send({ type: "ask", text });
    },
    interrupt() {
      if (!isAnswering) return false;
      send({ type: "interrupt", epoch, at: 0 });
      return true;
    },
    receive(text) {
      const { success, data: message } = messageSchema.safeParse(JSON.parse(text));
      if (!success) return;
      switch (message.type) {
        case "opened":
          name = shown(message.name);
          onIdle();
          break;
        case "answer":
          epoch = message.epoch;
          isAnswering = true;
          stdout.write(`${name}: `);
          break;
        case "text":
          stdout.write(shown(message.text));
          send({ type: "played", epoch: message.epoch, at: 0, playing: false, seq: message.seq });
          break;
        case "answered":
          stdout.write(`\n${message.sources.map(sourceLine).join("")}`);
          over();
          break;
        case "interrupted":
          stdout.write(" …\n");
          over();
          break;
        case "error":
        case "refused":
          stdout.write("\n");
          stderr.write(`Error: ${shown(message.message)}\n`);
          over();
      }
    },
  };
}

function sourceLine({ title, file, section }: Source): string {
  const part = section === "" ? "" : `, ${section}`;
  return shown(`  (${title}${part}: ${file})\n`);
}

function shown(text: string): string {
  return text.replaceAll(CONTROLS, "");
}
