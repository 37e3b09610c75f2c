/** What one client and all together may take of live conversations. */
export type LiveLimits = {
  /** Conversations at a time, connected or waiting for their client: of all, and of one client. */
  sessions: number;
  sessionsPerClient: number;
  /** Of one connection. */
  messagesPerSecond: number;
  bytesPerSecond: number;
  /** Of one message. */
  messageBytes: number;
  /** Questions of one client, and of one conversation. */
  turnsPerMinute: number;
  turnsPerSession: number;
  /** A connection that does not begin a conversation is closed after this. */
  openMs: number;
  /** A conversation in which nothing is said is ended after this. */
  idleMs: number;
  /** A conversation waits so long for its client to come back. */
  resumeMs: number;
  /** A connected client that takes nothing for so long is dropped. */
  patienceMs: number;
};

export const DEFAULT_LIVE_LIMITS: LiveLimits = {
  sessions: 1000,
  sessionsPerClient: 20,
  messagesPerSecond: 40,
  bytesPerSecond: 128 * 1024,
  messageBytes: 64 * 1024,
  turnsPerMinute: 60,
  turnsPerSession: 500,
  openMs: 10_000,
  idleMs: 15 * 60_000,
  resumeMs: 2 * 60_000,
  patienceMs: 10_000,
};
