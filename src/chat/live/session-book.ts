import { AppError } from "../../domain/app-error.ts";
import type { LiveLimits } from "./live-limits.ts";
import type { LiveSession } from "./live-session.ts";
import type { LiveConnection } from "./outbox.ts";
import type { PortraitInfo } from "./protocol.ts";
import type { Timers } from "./timers.ts";

/** Who is connected. */
export type LiveClient = {
  /** Only the same owner can go on with a conversation: a tenant and key. */
  owner: string;
  /** Whose share of the limits it takes: a key, or an address. */
  address: string;
};

/** A conversation and what is known of its client. */
export type BookedSession = {
  token: string;
  client: LiveClient;
  session: LiveSession;
  portrait: PortraitInfo | null;
  connection: LiveConnection | null;
  /** When the client last did something, ms. */
  usedAt: number;
  /** Calls off the end of a conversation whose client is gone. */
  stay: () => void;
};

/** The conversations of this process. */
export type SessionBook = {
  /** @throws AppError OVERLOADED, QUOTA_EXCEEDED when there are as many as may be. */
  requireRoom(client: LiveClient): void;
  add(entry: Omit<BookedSession, "usedAt" | "stay">): BookedSession;
  /** Null when there is none, or it is somebody else's. */
  find(token: string, client: LiveClient): BookedSession | null;
  /** Its client is gone and may come back. */
  leave(entry: BookedSession): void;
  end(entry: BookedSession): Promise<void>;
  all(): Iterable<BookedSession>;
  size(): number;
};

export function createSessionBook({
  limits,
  timers,
}: {
  limits: LiveLimits;
  timers: Timers;
}): SessionBook {
  const entries = new Map<string, BookedSession>();

  async function end(entry: BookedSession): Promise<void> {
    entry.stay();
    entry.connection = null;
    entries.delete(entry.token);
    await entry.session.end();
  }

  return {
    requireRoom({ address }) {
      if (entries.size >= limits.sessions) {
        throw new AppError(
          "OVERLOADED",
          `${limits.sessions} conversations are open, which is the limit: try again in a minute`,
          { retryable: true },
        );
      }
      const own = [...entries.values()].filter(({ client }) => client.address === address).length;
      if (own >= limits.sessionsPerClient) {
        throw new AppError(
          "QUOTA_EXCEEDED",
          `this client has ${own} conversations open, which is its limit: close one with \`close\`, or wait ${limits.resumeMs / 60_000} minutes`,
          { retryable: true },
        );
      }
    },
    add(booked) {
      const entry: BookedSession = { ...booked, usedAt: timers.clock(), stay: () => {} };
      entries.set(entry.token, entry);
      return entry;
    },
    find(token, { owner }) {
      const found = entries.get(token);
      return found?.client.owner === owner ? found : null;
    },
    leave(entry) {
      entry.connection = null;
      entry.session.detach();
      entry.stay();
      entry.stay = timers.after(limits.resumeMs, () => void end(entry));
    },
    end,
    all: () => entries.values(),
    size: () => entries.size,
  };
}
