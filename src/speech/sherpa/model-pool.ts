import { createHash } from "node:crypto";
import { stripVTControlCharacters } from "node:util";
import { AppError, type ErrorCode, toAppError } from "../../domain/app-error.ts";
import { createQuarantine } from "../../workers/quarantine.ts";
import { createWorkerPool, type WorkerPool } from "../../workers/worker-pool.ts";
import type { SherpaModel } from "./find-models.ts";

/** What a child of a model's pool hands over: that the model is loaded and has worked once. */
export type ModelPart = "loaded";

export type ModelPoolOptions = {
  /** What the children do, for messages: `speech worker`. */
  name: string;
  module: URL;
  /** How many children, each with its own models. */
  size: number;
  /** A child that needs more resident memory is ended, bytes. */
  memoryLimitBytes: number;
  /** For one task, the loading of its model included, milliseconds. */
  deadlineMs: number;
  /** What failures are called at the port. */
  code: ErrorCode;
  /** Milliseconds since any moment. */
  clock: () => number;
};

export type ModelPool<Task, Result> = {
  /**
   * @param work Names the work: what ends its child twice is refused for a while.
   * @param subject What messages call it, such as the text in quotation marks.
   * @throws AppError of the pool's code, CANCELLED, or as thrown in the child.
   */
  run(call: {
    task: Task;
    model: SherpaModel;
    work: string;
    subject: string;
    signal: AbortSignal;
  }): Promise<Result>;
  pids(): number[];
  close(): Promise<void>;
};

/** How long a model that cannot be loaded is not tried again; a replaced file is tried at once. */
const QUARANTINE_MS = 3600_000;
const MAX_QUARANTINED = 100;
const MAX_REASON = 260;
/** When and where in the engine, as its two parts write it before what happened. */
const LOG_PREFIX =
  /\d{4}-\d\d-\d\d [\d:.]+ \[\w:onnxruntime:[^\]]*\] |\/shared\/sherpa-onnx\/csrc\/[\w./-]+:\w+:\d+ /g;
/** How long a cancelled task may take to its next sentence, before its child and its models are lost. */
const CANCEL_GRACE_MS = 1500;

/**
 * Child processes that work with the operator's models. A model that ends its child or cannot be
 * loaded is refused for a while; what it ended goes on in a fresh child.
 */
export function createModelPool<Task, Result>(options: ModelPoolOptions): ModelPool<Task, Result> {
  const { code, clock } = options;
  const limits = { durationMs: QUARANTINE_MS, capacity: MAX_QUARANTINED, clock };
  const unloadable = createQuarantine(limits);
  const harmful = createQuarantine(limits);
  let pool: WorkerPool<Task, Result> | undefined;
  let closed = false;

  function startedPool(): WorkerPool<Task, Result> {
    if (closed) throw new AppError(code, `the ${options.name} has been closed`);
    const { name, module, size, memoryLimitBytes, deadlineMs } = options;
    pool ??= createWorkerPool({ name, module, size, memoryLimitBytes, deadlineMs, clock });
    return pool;
  }

  return {
    async run({ task, model, work, subject, signal }) {
      const key = `${model.folder} ${model.fingerprint}`;
      const workKey = createHash("sha256").update(`${key} ${work}`).digest("hex");
      const refused = unloadable.causeOf(key) ?? harmful.causeOf(workKey);
      if (refused) throw new AppError(code, refused.reason);
      let loaded = false;
      try {
        return await startedPool().run(task, {
          signal,
          cancelGraceMs: CANCEL_GRACE_MS,
          subject,
          onPart: () => {
            loaded = true;
          },
        });
      } catch (thrown) {
        const error = toAppError(thrown);
        const died = error.code.startsWith("WORKER_");
        if (!died && error.code !== "INTERNAL") throw error;
        const why = short(error.message.replace(` on ${subject}`, ""));
        if (loaded) {
          const reason = `the model "${model.name}" failed on ${subject}: ${why}`;
          if (error.code === "WORKER_CRASHED") harmful.add(workKey, { code, reason });
          const retryable = error.code === "WORKER_TIMEOUT";
          throw new AppError(code, reason, { retryable, cause: error });
        }
        const reason = `the model "${model.name}" cannot be loaded: ${why}: ${remedyFor(error)}`;
        unloadable.add(key, { code, reason });
        throw new AppError(code, reason, { cause: error });
      }
    },
    pids: () => pool?.pids() ?? [],
    async close() {
      closed = true;
      await pool?.close();
    },
  };
}

function remedyFor({ code }: AppError): string {
  if (code === "WORKER_MEMORY" || code === "WORKER_TIMEOUT") return "take a smaller model";
  return "unpack its archive again or remove its folder";
}

/** Of what an engine complained of, enough to know it by. */
function short(message: string): string {
  const line = stripVTControlCharacters(message)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replace(LOG_PREFIX, "")
    .trim();
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}…` : line;
}
