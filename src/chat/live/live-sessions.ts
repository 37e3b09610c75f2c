import { AppError } from "../../domain/app-error.ts";
import { type Allowance, createAllowance } from "./allowance.ts";
import { createAnswerCache } from "./answer-cache.ts";
import { type ConnectionHandler, handleConnection } from "./connection.ts";
import type { LiveLimits } from "./live-limits.ts";
import type { LiveSessionsSetup } from "./live-setup.ts";
import type { LiveConnection } from "./outbox.ts";
import { createSessionBook, type LiveClient } from "./session-book.ts";

const SWEEP_MS = 10_000;
/** Clients of whom it is known how much they asked. */
const MOST_CLIENTS = 10_000;

/** Live conversations, for any kind of connection. */
export type LiveSessions = {
  /**
   * A client is there; what it sends goes to the handler.
   * @returns also what to tell when the connection is over.
   */
  connect(connection: LiveConnection, client: LiveClient): ConnectionHandler;
  limits: LiveLimits;
  stats(): { sessions: number; talking: number; keptBytes: number; cachedBytes: number };
  /** Tells every client that the server goes, and ends everything. */
  close(): Promise<void>;
};

export function createLiveSessions(setup: LiveSessionsSetup): LiveSessions {
  const { limits, timers } = setup;
  const book = createSessionBook({ limits, timers });
  const answers = createAnswerCache({
    mostBytes: setup.cacheBytes,
    lifetimeMs: 60 * 60_000,
    clock: timers.clock,
  });
  const turns = new Map<string, Allowance>();
  const closing = new AbortController();
  let stopSweeping: (() => void) | null = null;

  function countTurn({ address }: LiveClient): void {
    const { turnsPerMinute } = limits;
    const allowance =
      turns.get(address) ??
      createAllowance({
        most: turnsPerMinute,
        perSecond: turnsPerMinute / 60,
        clock: timers.clock,
      });
    turns.delete(address);
    turns.set(address, allowance);
    for (const oldest of turns.keys()) {
      if (turns.size <= MOST_CLIENTS) break;
      turns.delete(oldest);
    }
    if (allowance.take()) return;
    throw new AppError(
      "RATE_LIMITED",
      `more than ${turnsPerMinute} questions in a minute: try again in ${Math.ceil(60 / turnsPerMinute)} seconds`,
      { retryable: true },
    );
  }

  /** Ends conversations in which nothing happens; runs while there are any. */
  function sweep(): void {
    stopSweeping = null;
    for (const entry of [...book.all()]) {
      if (entry.session.isSpeaking()) entry.usedAt = timers.clock();
      if (entry.connection === null || timers.clock() - entry.usedAt < limits.idleMs) continue;
      const { connection } = entry;
      void book.end(entry);
      connection.close(
        "idle",
        `nothing was said for ${Math.round(limits.idleMs / 60_000)} minutes: connect again to go on`,
      );
    }
    watch();
  }

  function watch(): void {
    if (book.size() > 0) stopSweeping ??= timers.after(SWEEP_MS, sweep);
  }

  return {
    limits,
    connect: (connection, client) =>
      handleConnection({
        ...setup,
        ...{ connection, client, book, answers, countTurn },
        onOpened: watch,
        signal: closing.signal,
      }),
    stats: () => {
      const sessions = [...book.all()].map(({ session }) => session);
      return {
        sessions: sessions.length,
        talking: sessions.filter((session) => session.isSpeaking()).length,
        keptBytes: sessions.reduce((sum, session) => sum + session.size(), 0),
        cachedBytes: answers.size(),
      };
    },
    async close() {
      closing.abort(new AppError("CANCELLED", "the server ends"));
      stopSweeping?.();
      const connections = [...book.all()].map(({ connection }) => connection);
      await Promise.all([...book.all()].map((entry) => book.end(entry)));
      for (const connection of connections) {
        connection?.close("goingAway", "the server ends: connect again in a moment");
      }
    },
  };
}
