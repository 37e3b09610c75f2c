import { setFlagsFromString } from "node:v8";
import { AppError } from "../../domain/app-error.ts";
import type { Fragment } from "../../media/fmp4/fragment.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import { type Answer, createAnswer } from "./answer.ts";
import { createIdleClip } from "./idle-clip.ts";
import { SOUND_RATE } from "./live-encoder.ts";
import type { LiveResult, LiveTask } from "./live-task.ts";
import type { LiveWork } from "./live-work.ts";
import { createOpenPortraits } from "./open-portraits.ts";

/**
 * What draws a mouth is one loop that calls many small functions. When V8 compiles it once more, as a new
 * answer's first frame makes it do, its usual budget for inlining is used up before them, and every frame
 * takes 17 ms instead of 5 from then on.
 */
setFlagsFromString("--max-inlined-bytecode-size-cumulative=3000");

/**
 * The child process that holds open portraits and what they are saying. Each task is short: a work's
 * pictures are made by turns.
 */
const portraits = createOpenPortraits();
let warm = false;
const works = new Map<string, { work: LiveWork; answer?: Answer; release: () => void }>();

serveTasks<LiveTask, LiveResult, Fragment>(async (task, handOver, cancelled) => {
  switch (task.kind) {
    case "open": {
      const tracks = portraits.open(task.portrait, task);
      await warmUp(task.portrait);
      return { kind: "opened", tracks };
    }
    case "begin":
    case "idle":
      return begin(task);
    case "turn":
      return turn(task, handOver, cancelled);
    case "drop":
      drop(task.work);
      return { kind: "dropped" };
  }
});

/** Says something to nobody, once: the first answer's first picture is as soon there as others' are. */
async function warmUp(name: string): Promise<void> {
  const used = warm ? undefined : portraits.use(name);
  if (!used) return;
  warm = true;
  using answer = createAnswer({ ...used, seed: 0 });
  const samples = Float32Array.from({ length: SOUND_RATE }, (_, i) => 0.3 * Math.sin(i / 40));
  const audio = { samples, sampleRate: SOUND_RATE };
  const phonemes = [{ symbol: "a", start: 0, end: 0.5 }];
  for (const clause of [{ audio }, { audio, phonemes }, { audio, phonemes }]) {
    answer.go({ kind: "say", ...clause });
    await answer.turn(() => {}, new AbortController().signal);
  }
  used.release();
}

function begin(task: Extract<LiveTask, { kind: "begin" | "idle" }>): LiveResult {
  const used = portraits.use(task.portrait);
  if (!used) return { kind: "unknown" };
  const { portrait, pictures, release } = used;
  if (task.kind === "idle") {
    works.set(task.work, { work: createIdleClip({ portrait, pictures }), release });
  } else {
    const answer = createAnswer({ portrait, pictures, seed: task.seed });
    works.set(task.work, { work: answer, answer, release });
  }
  return { kind: "begun" };
}

async function turn(
  { work: name, step }: Extract<LiveTask, { kind: "turn" }>,
  handOver: (fragment: Fragment) => void,
  cancelled: AbortSignal,
): Promise<LiveResult> {
  const found = works.get(name);
  if (!found) return { kind: "unknown" };
  const { work, answer } = found;
  if (step && !answer) throw new AppError("INTERNAL", "an idle clip says nothing");
  const said = (step && answer?.go(step)) ?? null;
  const done = await work.turn(handOver, cancelled);
  return { kind: "turned", done, said, memoryBytes: process.memoryUsage.rss() };
}

function drop(name: string): void {
  const found = works.get(name);
  works.delete(name);
  found?.work[Symbol.dispose]();
  found?.release();
}
