import type { Segment } from "./made-sound.ts";

/** A word that the silence rule takes for the name, a pause, the rest. 3 s. */
export const GREETING: Segment[] = [
  { kind: "silence", seconds: 0.4 },
  { kind: "speech", seconds: 0.6 },
  { kind: "silence", seconds: 0.5 },
  { kind: "speech", seconds: 1.2 },
  { kind: "silence", seconds: 0.3 },
];
