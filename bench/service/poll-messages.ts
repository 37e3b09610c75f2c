/** What the polling process is to do until it is told to stop. */
export type PollOrder = {
  /** Such as `http://127.0.0.1:43210`. */
  url: string;
  jobId: string;
  /** Connections that ask for the job again and again. */
  connections: number;
  /** From an answer to the next question on one connection, ms; 0: at once. */
  pauseMs: number;
  /** Connections that follow the job's events. */
  streams: number;
};

export type PollFigures = {
  requests: number;
  /** Of the polling itself. */
  seconds: number;
  /** How often each status was answered, those of the streams among them. */
  statuses: Record<string, number>;
  /** Events that the streams told, all together. */
  events: number;
  /** Milliseconds from the question to the whole answer. */
  latencyMs: { p50: number; p99: number; max: number };
  /** How late this process was itself, 99th percentile of its event loop's delays, ms. */
  ownDelayMs: number;
};

export type ToPoller = { start: PollOrder } | { stop: true };
export type FromPoller = { ready: true } | { figures: PollFigures };
