import type { OfflineRecognizer, OfflineRecognizerConfig } from "sherpa-onnx-node";
import { z } from "zod";
import { AppError } from "../domain/app-error.ts";
import type { Audio } from "../domain/audio.ts";
import type { ModelPart } from "../speech/sherpa/model-pool.ts";
import { createRecentlyLoaded } from "../speech/sherpa/recently-loaded.ts";
import { loadSherpa } from "../speech/sherpa/sherpa-package.ts";
import { serveTasks } from "../workers/serve-tasks.ts";
import type { HeardTokens } from "./join-tokens.ts";

/** Runs in a child process: the engine ends its process on a model it dislikes. */
export type RecognitionTask = {
  /** Names the model with the state of its files and the language. */
  key: string;
  config: OfflineRecognizerConfig;
  /** Each is listened to on its own. */
  parts: Audio[];
};

/** The engine's result, as its C++ side writes it. */
const heardSchema = z.object({
  text: z.string(),
  tokens: z.array(z.string()).default([]),
  timestamps: z.array(z.number()).default([]),
  durations: z.array(z.number()).default([]),
});

const PROBE: Audio = { samples: new Float32Array(16_000), sampleRate: 16_000 };

const loaded = createRecentlyLoaded<OfflineRecognizer>();

serveTasks<RecognitionTask, HeardTokens[], ModelPart>(async (task, handOver, cancelled) => {
  const recognizer = await loaded.get(task.key, () => load(task.config));
  handOver("loaded");
  const heard: HeardTokens[] = [];
  for (const part of task.parts) {
    if (cancelled.aborted) throw new AppError("CANCELLED", "cancelled");
    heard.push(await listen(recognizer, part));
  }
  return heard;
});

async function load(config: OfflineRecognizerConfig): Promise<OfflineRecognizer> {
  const { OfflineRecognizer } = await loadSherpa("RECOGNITION_FAILED");
  const recognizer = await OfflineRecognizer.createAsync(config);
  await listen(recognizer, PROBE);
  return recognizer;
}

async function listen(recognizer: OfflineRecognizer, sound: Audio): Promise<HeardTokens> {
  const stream = recognizer.createStream();
  stream.acceptWaveform(sound);
  return heardSchema.parse(await recognizer.decodeAsync(stream));
}
