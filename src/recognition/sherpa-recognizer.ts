import { availableParallelism } from "node:os";
import { AppError } from "../domain/app-error.ts";
import { type Audio, durationOf } from "../domain/audio.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import { quietCuts } from "../signal/quiet-cuts.ts";
import type { FoundModel, SherpaModel } from "../speech/sherpa/find-models.ts";
import { languageFit } from "../speech/sherpa/model-languages.ts";
import { createModelListing } from "../speech/sherpa/model-listing.ts";
import { createModelPool } from "../speech/sherpa/model-pool.ts";
import { recognizerConfig } from "../speech/sherpa/sherpa-config.ts";
import { joinParts } from "./join-parts.ts";
import { type HeardTokens, joinTokens } from "./join-tokens.ts";
import type { RecognitionTask } from "./sherpa-recognizer-worker.ts";

export type SherpaRecognizerOptions = {
  /** The operator's models, one folder each. */
  models: string;
  /** The name of the model's folder; without it the language chooses. */
  model?: string;
  /** Prefer weights of 8 bits where a model has both. */
  preferInt8?: boolean;
  /** Child processes, each with its own models in memory; 1 when left out. */
  pool?: number;
  /** Threads for one recognition; the machine's cores, 4 at most, when left out. */
  threads?: number;
  /** A child that needs more memory is ended, bytes; 4 GiB when left out. */
  memoryLimitBytes?: number;
  /** For one sound, the loading of the model included, milliseconds; 10 min when left out. */
  deadlineMs?: number;
  /** Milliseconds since any moment. */
  clock?: () => number;
};

export type SherpaRecognizer = SpeechRecognizer & {
  /** Process ids of the living child processes. */
  pids(): number[];
};

const DEFAULT_MEMORY_LIMIT = 4 * 2 ** 30;
const DEFAULT_DEADLINE_MS = 600_000;
/** Whisper hears 30 s at a time; others need memory by the square of the length. */
const PARTS = { longest: 28, search: 10 };
/** What is shorter holds no word, and some engines end their process on it; seconds. */
const SHORTEST = 0.1;
const NOTHING: HeardTokens = { text: "", tokens: [], timestamps: [], durations: [] };

/**
 * Recognition on this machine, by sherpa-onnx in child processes that start with the first sound.
 * Words have times where the model gives any.
 */
export function createSherpaRecognizer(options: SherpaRecognizerOptions): SherpaRecognizer {
  const { preferInt8 = false, pool: size = 1, clock = Date.now } = options;
  const threads = options.threads ?? Math.min(4, availableParallelism());
  const listing = createModelListing(options.models, { preferInt8, clock });
  const pool = createModelPool<RecognitionTask, HeardTokens[]>({
    name: "speech recogniser",
    module: new URL("./sherpa-recognizer-worker.ts", import.meta.url),
    size,
    memoryLimitBytes: options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT,
    deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
    code: "RECOGNITION_FAILED",
    clock,
  });
  /** For a sound that ends its child: nothing else tells one from another. */
  let sounds = 0;

  return {
    provider: "sherpa",
    pids: pool.pids,
    async transcribe(audio, { language, signal }) {
      if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
      const model = chooseModel(listing(), { name: options.model, language });
      const length = durationOf(audio);
      if (length < SHORTEST) return { text: "" };
      const { starts, parts } = split(audio);
      const config = recognizerConfig(model, { threads, language });
      const key = `${model.folder} ${model.fingerprint} ${JSON.stringify(config.modelConfig)}`;
      sounds += 1;
      const heard = await pool.run({
        task: { key, config, parts },
        model,
        work: `sound ${sounds}`,
        subject: `${length.toFixed(1)} s of sound`,
        signal,
      });
      return joinParts(
        parts.map((part, index) => {
          const tokens = heard[index] ?? NOTHING;
          const where = { start: (starts[index] ?? 0) / part.sampleRate, length: durationOf(part) };
          const words = joinTokens(tokens, { ...where, separate: model.kind === "paraformer" });
          return { text: tokens.text, words };
        }),
      );
    },
    close: () => pool.close(),
  };
}

/** The parts of a sound that an engine takes whole, and the index of each one's first sample. */
function split({ samples, sampleRate }: Audio): { starts: number[]; parts: Audio[] } {
  const starts = [0, ...quietCuts(samples, { sampleRate, ...PARTS })];
  const parts = starts.map((start, index) => ({
    samples: samples.subarray(start, starts[index + 1]),
    sampleRate,
  }));
  return { starts, parts };
}

function chooseModel(
  found: readonly FoundModel[],
  { name, language }: { name: string | undefined; language: string },
): SherpaModel {
  const listening = found.filter((one) => one.usable).filter(({ task }) => task === "recognition");
  if (name !== undefined) return namedModel(found, name);
  const [best] = listening
    .map((model) => ({ model, fit: languageFit(model.languages, language) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit);
  if (best) return best.model;
  const names = listening.map((one) => `"${one.name}"`).slice(0, 10);
  const there = names.length > 0 ? `there are ${names.join(", ")}` : "there is none";
  const message = `no recognition model knows the language "${language}": ${there}; add one to the folder of models`;
  throw new AppError("RECOGNITION_FAILED", message);
}

function namedModel(found: readonly FoundModel[], name: string): SherpaModel {
  const model = found.find((one) => one.name === name);
  if (model?.usable && model.task === "recognition") return model;
  const why = model ? (model.usable ? "is a voice" : model.reason) : "is not there";
  const message = `the recognition model "${name}" ${why}: name another one`;
  throw new AppError("RECOGNITION_FAILED", message);
}
