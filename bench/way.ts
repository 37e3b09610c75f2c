/** A way to make one recipient's file, or the yardstick for it. */
export const WAYS = [
  "full-encode",
  "audio-encode",
  "rendition",
  "file",
  "copy",
  "plain-copy",
] as const;
export type WayName = (typeof WAYS)[number];

export type WayOrder = {
  way: WayName;
  base: string;
  /** An empty folder of this way's own. */
  folder: string;
};

/** What a number of outputs took. */
export type Batch = {
  count: number;
  /** Milliseconds for all of them. */
  wallMs: number;
  /** User and system time of all processes involved, milliseconds. */
  cpuMs: number;
  /** What one output occupies on disk or in a store, bytes. */
  bytes: number;
  /** Most resident memory so far of the processes involved, added up. */
  peakBytes: number;
};

/** A way that is set up. It runs in a process of its own, so that all of its CPU time is the way's. */
export type Way = {
  /** Makes one output; answers how many bytes it occupies. */
  make(index: number): Promise<number>;
  /** CPU milliseconds and peak memory of child processes so far. */
  children(): { cpuMs: number; peakBytes: number };
  /** Removes what was made, which is not measured. */
  clear(): Promise<void>;
};

export type ToWay = { order: WayOrder } | { batch: number };
export type FromWay = { type: "ready" } | { type: "batch"; batch: Batch };
