import type { CampaignFigures } from "./measure-campaign.ts";
import { ratioByRound, type WayFigures } from "./measure-ways.ts";
import type { WayName } from "./way.ts";

/** What the project promises, with what was measured. `holds` is null when it could not be measured. */
export type Bar = { promise: string; measured: string; holds: boolean | null };

const RENDITION_OF_COPY = 4;
const FILE_OF_COPY = 6;
const LONG_OF_SHORT = 1.5;
const RECIPIENTS_PER_SECOND = 60;
const CORES = 2;
/** Of the larger campaign's memory over the smaller one's: more is growth, less is the collector's mood. */
const FLAT_MEMORY = 1.2;
/** The copy that costs are compared with: the publisher's, unless the disk shares blocks. */
export function yardstickOf(ways: WayFigures[], base: string, sharesBlocks: boolean): WayFigures {
  return figuresOf(ways, base, sharesBlocks ? "plain-copy" : "copy");
}

export function figuresOf(ways: WayFigures[], base: string, way: WayName): WayFigures {
  const found = ways.find((one) => one.base === base && one.way === way);
  if (!found) throw new Error(`${way} of ${base} was not measured`);
  return found;
}

export function wayBars(
  ways: WayFigures[],
  { long, short, sharesBlocks }: { long: string; short: string; sharesBlocks: boolean },
): Bar[] {
  const copy = yardstickOf(ways, long, sharesBlocks);
  const rendition = figuresOf(ways, long, "rendition");
  const atMost = (way: WayName, limit: number): Bar => {
    const ratio = ratioByRound(figuresOf(ways, long, way).cpuMsByRound, copy.cpuMsByRound);
    return {
      promise: `${way} at most ${limit} × the CPU time of copying the ${long} base`,
      measured: `${ratio.toFixed(2)} ×`,
      holds: ratio <= limit,
    };
  };
  const brief = figuresOf(ways, short, "rendition");
  const growth = ratioByRound(rendition.cpuMsByRound, brief.cpuMsByRound);
  return [
    atMost("rendition", RENDITION_OF_COPY),
    atMost("file", FILE_OF_COPY),
    {
      promise: `CPU time per rendition of ${long} and ${short} within ${LONG_OF_SHORT} ×`,
      measured: `${growth.toFixed(2)} ×`,
      holds: Math.max(growth, 1 / growth) <= LONG_OF_SHORT,
    },
  ];
}

export type Campaigns = {
  distinct: CampaignFigures;
  repeated: CampaignFigures;
  small: CampaignFigures;
  large: CampaignFigures;
};

export function campaignBars(
  { distinct, repeated, small, large }: Campaigns,
  cores: number,
): Bar[] {
  const rate = distinct.recipientsPerSecond;
  const where = cores === CORES ? "" : ` (on ${cores} cores)`;
  const faster = repeated.recipientsPerSecond / rate;
  const growth = small.usage && large.usage ? large.usage.peakBytes / small.usage.peakBytes : null;
  return [
    {
      promise: `at least ${RECIPIENTS_PER_SECOND} recipients a second on ${CORES} cores`,
      measured: `${rate.toFixed(1)}${where}${possibleRate(distinct)}`,
      holds: rate >= RECIPIENTS_PER_SECOND,
    },
    {
      promise: `faster with ${repeated.distinctNames} names repeated`,
      measured: `${repeated.recipientsPerSecond.toFixed(1)}, ${faster.toFixed(1)} ×`,
      holds: faster > 1,
    },
    {
      promise: `memory flat from ${small.recipients} to ${large.recipients} recipients (${FLAT_MEMORY} ×)`,
      measured: growth === null ? "only Linux tells" : `${growth.toFixed(2)} ×`,
      holds: growth === null ? null : growth <= FLAT_MEMORY,
    },
  ];
}

/** What the CPU time of one recipient allows on the cores the promise is about, whoever else uses them. */
function possibleRate({ usage, recipients }: CampaignFigures): string {
  if (!usage) return "";
  const eachMs = Object.values(usage.cpuMs).reduce((sum, ms) => sum + ms, 0) / recipients;
  return `; its CPU time allows ${((1000 * CORES) / eachMs).toFixed(0)}`;
}
