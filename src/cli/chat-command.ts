import { createInterface, type Interface } from "node:readline";
import { Readable } from "node:stream";
import type { Command } from "commander";
import { withEnvFile } from "../config/env-file.ts";
import { readEnvironment } from "../config/environment.ts";
import { createLogger } from "../logging/create-logger.ts";
import { type ChatLink, type ChatLinkEnds, linkInProcess, linkToServer } from "./chat-link.ts";
import type { CommandContext } from "./cli-io.ts";
import { createTerminalChat } from "./terminal-chat.ts";

const PROMPT = "You: ";

export function addChatCommand(program: Command, context: CommandContext): void {
  program
    .command("chat")
    .description(
      "talk in the terminal; Ctrl-C interrupts an answer, twice it ends the conversation",
    )
    .option(
      "--url <address>",
      "a running server, such as http://localhost:8000, with the key in VOCATIVE_API_KEY; in this process without",
    )
    .action(({ url }: { url?: string }) => chat(url, context));
}

async function chat(url: string | undefined, context: CommandContext): Promise<void> {
  const { io } = context;
  const variables = withEnvFile(io.env);
  if (url !== undefined) {
    const apiKey = variables["VOCATIVE_API_KEY"]?.trim() || null;
    await talk((ends) => linkToServer(url, apiKey, ends), context);
    return;
  }
  const environment = readEnvironment(variables);
  const { logger, close } = createLogger({
    ...environment.log,
    console: io.stderr,
    clock: Date.now,
  });
  // Loaded when needed: other commands start the sooner.
  const { createTextSessions } = await import("../app/live.ts");
  const sessions = await createTextSessions({ environment, logger });
  try {
    await talk(async (ends) => linkInProcess(sessions, ends), context);
  } finally {
    await sessions.close();
    close();
  }
}

/** Asks what is typed, one line after the other, until there are no more or the user ends it. */
async function talk(
  connect: (ends: ChatLinkEnds) => Promise<ChatLink>,
  { io, signal, setExitCode }: CommandContext,
): Promise<void> {
  const { stdout, stderr, stdin = Readable.from([]) } = io;
  const isTerminal = stdout.isTTY === true;
  const over = Promise.withResolvers<void>();
  const waiting: string[] = [];
  let lines: Interface | null = null;
  let isIdle = false;
  let isEnd = false;
  /** Ctrl-C was pressed, and nothing was asked since. */
  let isArmed = false;
  let link: ChatLink | null = null;

  const terminal = createTerminalChat({
    ...{ stdout, stderr },
    send: (message) => link?.send(message),
    onIdle() {
      isIdle = true;
      next();
    },
  });

  function next(): void {
    if (!isIdle) return;
    const question = waiting.shift();
    if (question !== undefined) {
      isIdle = false;
      isArmed = false;
      terminal.ask(question);
    } else if (isEnd) {
      over.resolve();
    } else if (isTerminal) {
      lines?.prompt();
    }
  }

  function interrupted(): void {
    if (isArmed || signal.aborted) {
      over.resolve();
      return;
    }
    isArmed = true;
    if (terminal.interrupt()) return;
    stderr.write("\nCtrl-C again ends the conversation.\n");
    next();
  }

  link = await connect({
    onText: (text) => terminal.receive(text),
    onClosed(reason) {
      if (!isEnd) {
        stderr.write(`Error: ${reason}\n`);
        setExitCode(1);
      }
      over.resolve();
    },
  });
  lines = createInterface({
    input: stdin,
    // What is typed is edited in a terminal only.
    ...(isTerminal && { output: stdout as NodeJS.WritableStream, prompt: PROMPT }), // a terminal's output is its stream
    terminal: isTerminal,
  });
  lines.on("line", (line) => {
    if (line.trim() !== "") waiting.push(line.trim());
    next();
  });
  lines.on("close", () => {
    isEnd = true;
    next();
  });
  lines.on("SIGINT", interrupted);
  signal.addEventListener("abort", () => over.resolve(), { once: true });
  terminal.open();
  await over.promise;
  isEnd = true;
  lines.close();
  link.close();
}
