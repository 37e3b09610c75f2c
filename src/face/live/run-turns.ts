import { AppError } from "../../domain/app-error.ts";
import type { Fragment } from "../../media/fmp4/fragment.ts";
import type { SaidClause } from "../../ports/live-face.ts";
import type { AnswerStep } from "./answer.ts";
import type { LiveHost } from "./live-host.ts";

export type Turns = {
  work: string;
  step?: AnswerStep;
  signal?: AbortSignal;
  onFragment: (fragment: Fragment) => void;
  /** Of the first turn, and of those after it; see worker pools. 0 when left out. */
  firstPriority?: number;
  priority?: number;
};

/**
 * Makes all that is ready of a work, turn by turn: between two of them others have theirs.
 * @returns where its step came to stand; null without one.
 * @throws AppError FACE_FAILED, CANCELLED.
 */
export async function runTurns(
  host: LiveHost,
  { work, step, signal, onFragment, firstPriority = 0, priority = 0 }: Turns,
): Promise<SaidClause | null> {
  const options = { onFragment, ...(signal && { signal }) };
  const first = { kind: "turn" as const, work, ...(step && { step }) };
  let result = await host.run(first, { ...options, priority: firstPriority });
  const said = result.kind === "turned" ? result.said : null;
  while (result.kind === "turned" && !result.done) {
    result = await host.run({ kind: "turn", work }, { ...options, priority });
  }
  if (result.kind === "turned") return said;
  throw new AppError(
    "FACE_FAILED",
    "the process that made the portrait talk has ended in the middle of it: say it again",
    { retryable: true },
  );
}
