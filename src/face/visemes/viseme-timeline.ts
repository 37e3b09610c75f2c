import type { Viseme, VisemeSpan } from "../../domain/face.ts";

/** When each viseme begins, seconds, in order; the last entry is where the sound ends, at rest. */
export type VisemeTimeline = [start: number, viseme: Viseme][];

/** Spans without gaps as the JSON that clients draw a mouth of their own by, to the millisecond. */
export function visemeTimeline(spans: readonly VisemeSpan[]): VisemeTimeline {
  const timeline: VisemeTimeline = [];
  const add = (seconds: number, viseme: Viseme) => {
    const start = Math.round(seconds * 1000) / 1000;
    // What is shorter than a millisecond gives way to what follows.
    if (timeline.at(-1)?.[0] === start) timeline.pop();
    if (timeline.at(-1)?.[1] !== viseme) timeline.push([start, viseme]);
  };
  for (const { start, viseme } of spans) add(start, viseme);
  const last = spans.at(-1);
  if (last && last.viseme !== "sil") add(last.end, "sil");
  return timeline;
}
