import { AppError } from "../../domain/app-error.ts";
import type { Fragment } from "../../media/fmp4/fragment.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import { type Answer, createAnswer } from "./answer.ts";
import { createIdleClip } from "./idle-clip.ts";
import type { LiveResult, LiveTask } from "./live-task.ts";
import type { LiveWork } from "./live-work.ts";
import { createOpenPortraits } from "./open-portraits.ts";

/**
 * The child process that holds open portraits and what they are saying. Each task is short: a work's
 * pictures are made by turns.
 */
const portraits = createOpenPortraits();
const works = new Map<string, { work: LiveWork; answer?: Answer; release: () => void }>();

serveTasks<LiveTask, LiveResult, Fragment>(async (task, handOver, cancelled) => {
  switch (task.kind) {
    case "open":
      return { kind: "opened", tracks: portraits.open(task.portrait, task) };
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
