/** What it costs to hear `part` between two marks of a recording. */
export type Segment = { part: number; from: number; to: number; cost: number };

export type SegmentPath = {
  /** One for each part, in order: each begins at the mark where the one before it ends. */
  segments: (Segment & {
    /** How much more the best path costs that has another segment for this part. */
    margin: number;
  })[];
  cost: number;
};

/**
 * The cheapest way to lay `parts` parts, in order and without a gap, over marks 0..`marks` − 1 of a
 * recording. Shortest paths forwards and backwards (Viterbi), so that every alternative is priced too.
 * @param segments what is possible at all; nothing else is.
 * @returns null when they make no way through.
 */
export function segmentPath(
  segments: readonly Segment[],
  { parts, marks }: { parts: number; marks: number },
): SegmentPath | null {
  const byPart = Array.from({ length: parts }, (): Segment[] => []);
  for (const segment of segments) byPart[segment.part]?.push(segment);
  const unreached = () => new Float64Array(marks).fill(Number.POSITIVE_INFINITY);
  /** `[part][mark]`: the cheapest way to be there before this part … */
  const before = Array.from({ length: parts + 1 }, unreached);
  /** … and from there to the end. */
  const after = Array.from({ length: parts + 1 }, unreached);
  before[0]?.fill(0, 0, 1);
  after[parts]?.fill(0, marks - 1);
  for (let part = 0; part < parts; part++) {
    for (const { from, to, cost } of byPart[part] ?? []) {
      lower(before[part + 1], to, at(before[part], from) + cost);
    }
  }
  for (let part = parts - 1; part >= 0; part--) {
    for (const { from, to, cost } of byPart[part] ?? []) {
      lower(after[part], from, at(after[part + 1], to) + cost);
    }
  }
  const total = at(before[parts], marks - 1);
  if (!Number.isFinite(total)) return null;
  const chosen: SegmentPath["segments"] = [];
  let mark = 0;
  for (const [part, candidates] of byPart.entries()) {
    const priced = candidates
      .map((segment) => ({
        segment,
        total: at(before[part], segment.from) + segment.cost + at(after[part + 1], segment.to),
      }))
      .sort((a, b) => a.total - b.total);
    const best = priced.find(
      ({ segment, total: cost }) => segment.from === mark && cost <= total + 1e-9,
    );
    if (!best) return null;
    const other = priced.find(({ segment }) => segment !== best.segment);
    const margin = (other?.total ?? Number.POSITIVE_INFINITY) - total;
    chosen.push({ ...best.segment, margin });
    mark = best.segment.to;
  }
  return { segments: chosen, cost: total };
}

function at(costs: Float64Array | undefined, mark: number): number {
  return costs?.[mark] ?? Number.POSITIVE_INFINITY;
}

function lower(costs: Float64Array | undefined, mark: number, cost: number): void {
  if (costs && cost < at(costs, mark)) costs[mark] = cost;
}
