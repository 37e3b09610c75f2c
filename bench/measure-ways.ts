import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { MadeBase } from "./made-base.ts";
import { median } from "./median.ts";
import { type Batch, type FromWay, type ToWay, WAYS, type WayName } from "./way.ts";

/** How many outputs make one measurement: more of what is quick. */
const BATCH: Record<WayName, number> = {
  "full-encode": 1,
  "audio-encode": 1,
  rendition: 24,
  file: 6,
  copy: 6,
  "plain-copy": 6,
};
/** In how many of the rounds a way takes part, from the first on; in all when not told. */
const MOST_ROUNDS: Partial<Record<WayName, number>> = { "full-encode": 1, "audio-encode": 5 };

/** One way on one base; medians over all rounds, per recipient. */
export type WayFigures = {
  base: string;
  way: WayName;
  rounds: number;
  wallMs: number;
  cpuMs: number;
  bytes: number;
  peakBytes: number;
  /** CPU time of each round, for ratios within the round. */
  cpuMsByRound: number[];
  wallMsByRound: number[];
};

export type Subject = { base: MadeBase; way: WayName };

type Running = Subject & { child: ChildProcess; batches: Batch[] };

/**
 * Measures every way on every base, each in a process of its own, one after the other and round by
 * round: when the machine slows down, it does for all of them.
 */
export async function measureWays(request: {
  bases: MadeBase[];
  folder: string;
  rounds: number;
  onProgress: (text: string) => void;
}): Promise<WayFigures[]> {
  const { bases, folder, rounds, onProgress } = request;
  const running: Running[] = [];
  try {
    for (const base of bases) {
      for (const way of WAYS) {
        onProgress(`setting up ${way} of ${base.name}`);
        running.push(await start({ base, way }, path.join(folder, `${running.length}-${way}`)));
      }
    }
    for (let round = 0; round < rounds; round++) {
      // Each round begins elsewhere, so that nobody always has the same neighbour's traces to bear.
      const begin = (round * 5) % running.length;
      for (const one of [...running.slice(begin), ...running.slice(0, begin)]) {
        if (round >= (MOST_ROUNDS[one.way] ?? rounds)) continue;
        onProgress(`round ${round + 1} of ${rounds}: ${one.way} of ${one.base.name}`);
        one.batches.push(await runBatch(one));
      }
    }
  } finally {
    for (const { child } of running) child.disconnect();
  }
  return running.map(figuresOf);
}

async function start({ base, way }: Subject, folder: string): Promise<Running> {
  await mkdir(folder, { recursive: true });
  const child = fork(fileURLToPath(new URL("./way-process.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await ask(child, { order: { way, base: base.file, folder } });
  return { base, way, child, batches: [] };
}

async function runBatch({ child, way }: Running): Promise<Batch> {
  const answer = await ask(child, { batch: BATCH[way] });
  if (answer.type !== "batch") throw new Error(`${way} did not answer with a measurement`);
  return answer.batch;
}

async function ask(child: ChildProcess, message: ToWay): Promise<FromWay> {
  const waiting = new AbortController();
  const { signal } = waiting;
  child.send(message);
  try {
    const [answer] = await Promise.race([
      once(child, "message", { signal }),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`a measuring process ended with exit code ${code}`);
      }),
    ]);
    return answer as FromWay; // the child is typed with the same messages
  } finally {
    waiting.abort(); // takes the listener that was not needed away again
  }
}

function figuresOf({ base, way, batches }: Running): WayFigures {
  const cpuMsByRound = batches.map(({ cpuMs, count }) => cpuMs / count);
  const wallMsByRound = batches.map(({ wallMs, count }) => wallMs / count);
  return {
    base: base.name,
    way,
    rounds: batches.length,
    wallMs: median(wallMsByRound),
    cpuMs: median(cpuMsByRound),
    bytes: median(batches.map(({ bytes }) => bytes)),
    peakBytes: Math.max(...batches.map(({ peakBytes }) => peakBytes)),
    cpuMsByRound,
    wallMsByRound,
  };
}

/** `part` relative to `whole`: the median over the rounds that both took part in. */
export function ratioByRound(part: number[], whole: number[]): number {
  const ratios = part.flatMap((value, round) => {
    const other = whole[round];
    return other === undefined ? [] : [value / other];
  });
  return median(ratios);
}
