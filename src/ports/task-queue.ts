/** A piece of work that some worker is to do, at least once. */
export type NewTask = {
  /** What is to be done, such as `render`. */
  kind: string;
  /** Enqueuing a key that is waiting or under work already has no effect. */
  key: string;
  /** Work of one group, such as a job, gives way to others in turn and can be cancelled together. */
  group: string;
  /** As JSON; ids, never contents. */
  payload: Record<string, unknown>;
  /** Higher goes first; 0 when left out. */
  priority?: number;
  /** Not before this moment, ms since 1970. */
  notBefore?: number;
  /** Name of a limit (see `setLimit`) that holds for it, and how much of its rate it uses; 1 when left out. */
  limit?: string;
  cost?: number;
};

export type LeasedTask = {
  id: string;
  kind: string;
  key: string;
  group: string;
  payload: Record<string, unknown>;
  /** Differs for every lease: who holds an older one has lost it. */
  token: string;
  /** Failures so far, those not counted excepted. */
  attempts: number;
  /** Leases that ended without a word: the worker died or hung. */
  losses: number;
};

export type Limit = {
  /** Tasks under work at a time. */
  concurrency?: number;
  /** Cost that may begin per minute; as much may begin at once. */
  perMinute?: number;
};

export type QueueStats = {
  /** Tasks that could begin now, by kind. */
  ready: Record<string, number>;
  /** Tasks that wait for their time or a limit. */
  delayed: Record<string, number>;
  leased: Record<string, number>;
  /** How long the oldest task that could begin has waited, ms; 0 when there is none. */
  lagMs: number;
  /** Tasks that failed for good. */
  dead: number;
};

/**
 * Work for any number of workers in any number of processes. A lease that is neither renewed nor
 * ended in time is another worker's; what the former holder says then is refused (`false`).
 * One conformance suite (test/conformance) holds for every adapter.
 */
export interface TaskQueue {
  enqueue(tasks: readonly NewTask[]): Promise<void>;
  /**
   * Leases tasks that may begin: by priority, then from the groups in turn, then by age.
   * @param request.owner Who will work: one name per process (see `reclaim`).
   */
  claim(request: {
    kinds: readonly string[];
    count: number;
    owner: string;
    leaseMs: number;
  }): Promise<LeasedTask[]>;
  /** Makes the lease last `leaseMs` from now. `cancelled`: stop, the result is not wanted. */
  renew(task: LeasedTask, leaseMs: number): Promise<"held" | "lost" | "cancelled">;
  /** The task is done; it is forgotten. */
  complete(task: LeasedTask): Promise<boolean>;
  /** Hands the task back, to begin again not before `notBefore`; `counts` when it was a failure. */
  release(task: LeasedTask, options: { notBefore: number; counts: boolean }): Promise<boolean>;
  /** The task failed for good; it is kept for operators to see. */
  bury(task: LeasedTask, reason: string): Promise<boolean>;
  /**
   * Forgets the group's waiting tasks; those under work hear of it when they renew, and are forgotten
   * however their lease ends. They leave their keys to others at once.
   */
  cancel(group: string): Promise<void>;
  /** Whether any task of the group waits or is under work. */
  holds(group: string): Promise<boolean>;
  /** Hands back what dead owners hold; `isAlive` is asked once per owner. Returns how many tasks. */
  reclaim(isAlive: (owner: string) => boolean): Promise<number>;
  setLimit(name: string, limit: Limit): Promise<void>;
  /** Nothing under this limit begins before `until`: a provider asked to wait. */
  pause(limit: string, until: number): Promise<void>;
  stats(): Promise<QueueStats>;
  /** Calls back when this process may have enqueued something; returns how to stop. */
  onEnqueued(listener: () => void): () => void;
}
