import { type BinaryFrame, binaryFrame } from "./binary-frame.ts";
import { type CloseReason, eventText, type LiveEvent } from "./protocol.ts";
import type { AnswerMedia } from "./stage.ts";

/** A client that is connected now. */
export type LiveConnection = {
  send(frame: string | Uint8Array): void;
  /** Bytes that were sent and are still on this machine. */
  buffered(): number;
  close(reason: CloseReason, message: string): void;
};

/** The network takes so much before the next piece waits, bytes. */
const MOST_BUFFERED = 256 * 1024;
/** What a client has not confirmed is kept for it, bytes: several seconds of video. */
const MOST_KEPT = 2 * 1024 * 1024;
/** With so much unconfirmed a client is given up; small messages alone hardly get there. */
const TOO_MUCH_KEPT = 2 * MOST_KEPT;

type Kept = { seq: number; isMedia: boolean; data: string | Uint8Array };

/** Numbers what goes to a client, and keeps it until the client has confirmed it. */
export type Outbox = {
  event(event: LiveEvent): void;
  media(epoch: number, media: AnswerMedia): void;
  /** Whether another piece of media may go out now. */
  hasRoom(): boolean;
  /** The client has everything up to `seq`. */
  confirm(seq: number): void;
  /** Forgets media that nobody will play. */
  dropMedia(): void;
  /** Sends what a client missed after `seq`, and everything from now on. */
  attach(connection: LiveConnection, seq: number): void;
  detach(): void;
  /** Bytes that are kept. */
  size(): number;
};

export function createOutbox(): Outbox {
  let connection: LiveConnection | null = null;
  let seq = 0;
  let kept: Kept[] = [];
  let size = 0;

  function add(one: Kept): void {
    kept.push(one);
    size += sizeOf(one);
    connection?.send(one.data);
    if (size <= TOO_MUCH_KEPT) return;
    connection?.close(
      "tooSlow",
      `${TOO_MUCH_KEPT} bytes were not confirmed, which is the limit: send \`played\` with the last \`seq\` once a second`,
    );
    kept = [];
    size = 0;
  }

  function keepOnly(isKept: (one: Kept) => boolean): void {
    kept = kept.filter(isKept);
    size = kept.reduce((sum, one) => sum + sizeOf(one), 0);
  }

  return {
    event(event) {
      seq += 1;
      add({ seq, isMedia: false, data: eventText({ seq, ...event }) });
    },
    media(epoch, { kind, bytes, start, duration, sampleRate }) {
      seq += 1;
      const frame: BinaryFrame = { kind, epoch, seq, start, duration, sampleRate, payload: bytes };
      add({ seq, isMedia: true, data: binaryFrame(frame) });
    },
    hasRoom: () => connection !== null && connection.buffered() < MOST_BUFFERED && size < MOST_KEPT,
    confirm(confirmed) {
      keepOnly((one) => one.seq > confirmed);
    },
    dropMedia() {
      keepOnly((one) => !one.isMedia);
    },
    attach(to, after) {
      connection = to;
      keepOnly((one) => one.seq > after);
      for (const { data } of kept) to.send(data);
    },
    detach() {
      connection = null;
    },
    size: () => size,
  };
}

/** Strings count as UTF-16, as they are held. */
function sizeOf({ data }: Kept): number {
  return typeof data === "string" ? 2 * data.length : data.length;
}
