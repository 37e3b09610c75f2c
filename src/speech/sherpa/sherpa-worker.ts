import type { GenerationConfig, OfflineTts, OfflineTtsConfig } from "sherpa-onnx-node";
import { AppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import { excerpt } from "../text/request-text.ts";
import type { ModelPart } from "./model-pool.ts";
import { createRecentlyLoaded } from "./recently-loaded.ts";
import { loadSherpa } from "./sherpa-package.ts";
import { unlessStalled } from "./stall-watch.ts";

/** Runs in a child process: the engine ends its process on a model it dislikes. */
export type SherpaTask = {
  /** Names the model with the state of its files. */
  key: string;
  /** For messages. */
  name: string;
  config: OfflineTtsConfig;
  /** Something short in the model's language, which must not end the process; empty for none. */
  probe: string;
  text: string;
  generation: GenerationConfig;
  /** An engine that does nothing for as long has failed, milliseconds. */
  stallMs: number;
};

/** The longest sound, seconds. */
const MAX_SECONDS = 1800;
const RATES = { lowest: 8000, highest: 192_000 };
/** How the engine says that a text holds nothing it can speak. */
const NOTHING_SPOKEN = /produced no audio/i;

const loaded = createRecentlyLoaded<OfflineTts>();

serveTasks<SherpaTask, Audio, ModelPart>(async (task, handOver, cancelled) => {
  const voice = await loaded.get(task.key, () => load(task));
  handOver("loaded");
  const { sid } = task.generation;
  if (sid >= Math.max(1, voice.numSpeakers)) {
    const message = `the model "${task.name}" has no speaker ${sid}: give 0 to ${Math.max(1, voice.numSpeakers) - 1}`;
    throw new AppError("VOICE_UNKNOWN", message);
  }
  const { samples, sampleRate } = await speak(voice, task, () => cancelled.aborted);
  if (cancelled.aborted) throw new AppError("CANCELLED", "cancelled");
  if (samples.length === 0) throw unspeakable(task);
  if (samples.length > MAX_SECONDS * sampleRate) throw tooLong(task);
  return { samples, sampleRate };
});

async function load(task: SherpaTask): Promise<OfflineTts> {
  const { OfflineTts } = await loadSherpa("SPEECH_FAILED");
  const voice = await OfflineTts.createAsync(task.config);
  if (voice.sampleRate < RATES.lowest || voice.sampleRate > RATES.highest) {
    throw new Error(`its sample rate of ${voice.sampleRate} Hz is none`);
  }
  if (task.probe !== "") {
    const generation = { ...task.generation, sid: 0, speed: 1 };
    await speak(voice, { ...task, text: task.probe, generation }, () => false);
  }
  return voice;
}

async function speak(
  voice: OfflineTts,
  { text, generation, stallMs }: SherpaTask,
  isCancelled: () => boolean,
): Promise<Audio> {
  let length = 0;
  try {
    const spoken = voice.generateAsync({
      text,
      enableExternalBuffer: true,
      generationConfig: generation,
      onProgress: ({ samples }) => {
        length += samples.length;
        return isCancelled() || length > MAX_SECONDS * voice.sampleRate ? 0 : 1;
      },
    });
    return await unlessStalled(spoken, stallMs);
  } catch (thrown) {
    if (!NOTHING_SPOKEN.test(String(thrown))) throw thrown;
    return { samples: new Float32Array(), sampleRate: voice.sampleRate };
  }
}

function unspeakable({ text, name }: SherpaTask): AppError {
  const remedy = "give a pronunciation in letters it knows, or choose another voice";
  const message = `the model "${name}" can speak nothing in ${excerpt(text)}: ${remedy}`;
  return new AppError("SPEECH_FAILED", message);
}

function tooLong({ text }: SherpaTask): AppError {
  const message = `${excerpt(text)} takes longer than ${MAX_SECONDS / 60} minutes to speak: split it`;
  return new AppError("SPEECH_FAILED", message);
}
