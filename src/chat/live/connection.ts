import { AppError, toAppError } from "../../domain/app-error.ts";
import type { LivePortrait } from "../../ports/live-face.ts";
import { createAllowance } from "./allowance.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { binaryFrame } from "./binary-frame.ts";
import { createListener, type Listener } from "./listener.ts";
import { createLiveSession } from "./live-session.ts";
import type { LiveSessionsSetup } from "./live-setup.ts";
import type { LiveConnection } from "./outbox.ts";
import {
  type ClientMessage,
  type ConnectionEvent,
  clientMessageSchema,
  eventText,
  type LiveMode,
} from "./protocol.ts";
import type { BookedSession, LiveClient, SessionBook } from "./session-book.ts";
import { createSoundStage, type Stage } from "./stage.ts";

/** A client that is told so often that it is wrong is closed. */
const MOST_REFUSALS = 20;
/** Messages and bytes that may come at once, in seconds of what may come steadily. */
const BURST_SECONDS = 2;

/** What a connection's other side is told. */
export type ConnectionHandler = {
  text(message: string): void;
  /** Sound of a microphone. */
  binary(bytes: Uint8Array): void;
  /** The connection is over. */
  closed(): void;
};

export type ConnectionSetup = LiveSessionsSetup & {
  connection: LiveConnection;
  client: LiveClient;
  book: SessionBook;
  answers: AnswerCache;
  /** @throws AppError RATE_LIMITED. */
  countTurn: (client: LiveClient) => void;
  /** There is a conversation. */
  onOpened: () => void;
  /** The server ends. */
  signal: AbortSignal;
};

/** Speaks the protocol with one client: opens or resumes its conversation, checks and limits what it sends. */
export function handleConnection(setup: ConnectionSetup): ConnectionHandler {
  const { connection, client, book, limits, timers, persona, recognizer, logger } = setup;
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, setup.signal]);
  const rate = { clock: timers.clock };
  const messages = createAllowance({
    ...{ most: BURST_SECONDS * limits.messagesPerSecond, perSecond: limits.messagesPerSecond },
    ...rate,
  });
  const bytes = createAllowance({
    most: Math.max(limits.messageBytes, BURST_SECONDS * limits.bytesPerSecond),
    perSecond: limits.bytesPerSecond,
    ...rate,
  });
  let entry: BookedSession | null = null;
  let listener: Listener | null = null;
  let isOpening = false;
  let refusals = 0;
  const callOff = timers.after(limits.openMs, () => {
    if (entry === null && !isOpening) {
      close("refused", `no \`open\` message came within ${limits.openMs / 1000} s: send it first`);
    }
  });

  function close(reason: Parameters<LiveConnection["close"]>[0], message: string): void {
    if (gone.signal.aborted) return;
    connection.close(reason, message);
    over();
  }

  function over(): void {
    if (gone.signal.aborted) return;
    gone.abort();
    callOff();
    listener?.stop();
    // Another connection may have taken it over.
    if (entry?.connection === connection) book.leave(entry);
  }

  function tell(event: ConnectionEvent): void {
    if (!gone.signal.aborted) connection.send(eventText(event));
  }

  function refuse(error: AppError): void {
    const { code, message, retryable } = error;
    tell({ type: "refused", code, message, retryable });
    refusals += 1;
    if (refusals < MOST_REFUSALS) return;
    close("tooMany", `${MOST_REFUSALS} messages were refused, the last one as: ${message}`);
  }

  /** @throws AppError RATE_LIMITED, UPLOAD_TOO_LARGE. */
  function count(size: number): void {
    if (size > limits.messageBytes) {
      throw new AppError(
        "UPLOAD_TOO_LARGE",
        `the message has ${size} bytes, and at most ${limits.messageBytes} are taken: send less at a time`,
      );
    }
    if (messages.take() && bytes.take(size)) return;
    throw new AppError(
      "RATE_LIMITED",
      `more than ${limits.messagesPerSecond} messages or ${limits.bytesPerSecond} bytes came in a second: the message was left out, send more slowly`,
      { retryable: true },
    );
  }

  function opened(booked: BookedSession, resumed: boolean): void {
    entry = booked;
    entry.usedAt = timers.clock();
    tell({
      type: "opened",
      ...{ token: booked.token, resumed, mode: booked.session.mode, portrait: booked.portrait },
      name: persona.name,
      microphone: recognizer !== null,
    });
  }

  function resume({ token, seq }: { token: string; seq: number }): boolean {
    const found = book.find(token, client);
    if (!found) return false;
    const before = found.connection;
    found.stay();
    found.connection = connection;
    before?.close("takenOver", "the conversation goes on over another connection");
    opened(found, true);
    found.session.attach(connection, seq);
    return true;
  }

  async function open(mode: LiveMode): Promise<void> {
    book.requireRoom(client);
    const { picture, faces } = setup;
    const request = { image: persona.portrait, ...picture };
    const portrait = mode === "video" ? await faces.open(request, { signal }) : null;
    if (signal.aborted) return;
    // Others may have come meanwhile.
    book.requireRoom(client);
    const session = createLiveSession({
      ...setup,
      mode,
      speak: (text, stop) => setup.speak(text, { signal: stop }),
      stage: stageOf(mode, portrait, setup),
      setting: JSON.stringify([
        ...[mode, request, setup.voice, setup.language.provider, persona.system],
        setup.generation,
      ]),
      patienceMs: limits.patienceMs,
    });
    const info = portrait && {
      ...{ width: portrait.width, height: portrait.height },
      ...{ fps: portrait.fps, mimeType: portrait.mimeType },
    };
    opened(
      book.add({ token: setup.newToken(), client, session, portrait: info, connection }),
      false,
    );
    setup.onOpened();
    if (portrait) connection.send(unnumbered("init", portrait.init));
    session.attach(connection, 0);
    session.greet();
    if (portrait) void sendIdle(portrait);
  }

  /** The client shows its first picture of an answer, or nothing, until it is there. */
  async function sendIdle(portrait: LivePortrait): Promise<void> {
    try {
      const idle = await portrait.idle();
      if (!gone.signal.aborted) connection.send(unnumbered("idle", idle));
    } catch (thrown) {
      if (!signal.aborted) logger.warn({ error: toAppError(thrown).message }, "no idle portrait");
    }
  }

  async function begin(message: ClientMessage & { type: "open" }): Promise<void> {
    if (entry !== null || isOpening) {
      throw new AppError("BAD_REQUEST", "the conversation is open already: `open` is sent once");
    }
    isOpening = true;
    try {
      if (message.resume && resume(message.resume)) return;
      await open(message.mode);
    } catch (thrown) {
      if (signal.aborted) return;
      const { code, message: why, retryable } = toAppError(thrown);
      tell({ type: "refused", code, message: why, retryable });
      close("refused", why);
    } finally {
      isOpening = false;
    }
  }

  function ask(text: string, heard?: { epoch: number; at: number }): void {
    if (!entry) return;
    if (entry.session.turns() >= limits.turnsPerSession) {
      throw new AppError(
        "QUOTA_EXCEEDED",
        `the conversation has ${limits.turnsPerSession} questions, which is the limit: connect anew without a token`,
      );
    }
    setup.countTurn(client);
    entry.session.ask(text, heard);
  }

  function listen({ on, sampleRate }: { on: boolean; sampleRate: number }): void {
    listener?.stop();
    listener = null;
    if (!on || !entry) return;
    if (!recognizer) {
      throw new AppError(
        "OPTION_UNAVAILABLE",
        "this server does not understand speech: type the question, or have the operator set up a recogniser",
      );
    }
    const { session } = entry;
    listener = createListener({
      ...{ recognizer, sampleRate, session, language: persona.language },
      ask: (text) => attempt(() => ask(text)),
    });
  }

  function obey(message: ClientMessage): void {
    if (message.type === "ping") {
      tell({ type: "pong", id: message.id });
      return;
    }
    if (message.type === "open") {
      begin(message).catch((thrown: unknown) => refuse(toAppError(thrown)));
      return;
    }
    if (!entry) throw new AppError("BAD_REQUEST", `\`${message.type}\` came before \`opened\``);
    entry.usedAt = timers.clock();
    switch (message.type) {
      case "ask":
        ask(message.text, message.heard);
        break;
      case "interrupt":
        entry.session.interrupt(message);
        break;
      case "played":
        entry.session.played(message);
        break;
      case "microphone":
        listen(message);
        break;
      case "close":
        void book.end(entry);
        entry = null;
        close("ended", "closed by the client");
    }
  }

  function attempt(act: () => void): void {
    if (gone.signal.aborted) return;
    try {
      act();
    } catch (thrown) {
      refuse(toAppError(thrown));
    }
  }

  return {
    text: (text) =>
      attempt(() => {
        count(Buffer.byteLength(text));
        obey(readMessage(text));
      }),
    binary: (pcm) =>
      attempt(() => {
        count(pcm.length);
        if (!listener) {
          throw new AppError("BAD_REQUEST", "sound came before `microphone` with `on: true`");
        }
        if (entry) entry.usedAt = timers.clock();
        listener.hear(pcm);
      }),
    closed: over,
  };
}

/** @throws AppError BAD_REQUEST. */
function readMessage(text: string): ClientMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AppError("BAD_REQUEST", "the message is no JSON: see docs/live-protocol.md", {
      cause,
    });
  }
  const parsed = clientMessageSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "the message";
  throw new AppError("BAD_REQUEST", `${where}: ${issue?.message ?? "is not valid"}`);
}

function stageOf(
  mode: LiveMode,
  portrait: LivePortrait | null,
  { visemesOf }: Pick<LiveSessionsSetup, "visemesOf">,
): Stage | null {
  if (mode === "sound") return createSoundStage({ visemesOf });
  return (
    portrait && {
      begin: ({ onMedia }) =>
        portrait.begin({
          onFragment: (fragment) => onMedia({ ...fragment, kind: "fragment", sampleRate: 0 }),
        }),
    }
  );
}

function unnumbered(kind: "init" | "idle", payload: Uint8Array): Uint8Array {
  return binaryFrame({ kind, epoch: 0, seq: 0, start: 0, duration: 0, sampleRate: 0, payload });
}
