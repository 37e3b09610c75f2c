import { availableParallelism } from "node:os";
import type { GenerationConfig } from "sherpa-onnx-node";
import { AppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Warning } from "../../domain/warning.ts";
import type { Speech, SpeechModel, SpeechRequest, Voice } from "../../ports/speech-model.ts";
import { checkRequest, excerpt, unusedPronunciations } from "../text/request-text.ts";
import { type ChosenVoice, fittingVoice, namedVoice, voiceId } from "./choose-model.ts";
import type { SherpaModel } from "./find-models.ts";
import { MODEL_KINDS, type ModelKind } from "./model-kinds.ts";
import { createModelListing } from "./model-listing.ts";
import { createModelPool } from "./model-pool.ts";
import { createReferenceReader, type ReferenceVoice, referenceState } from "./reference-voice.ts";
import { speechConfig } from "./sherpa-config.ts";
import type { SherpaTask } from "./sherpa-worker.ts";

/** Changes with the package's version: another engine, another sound. */
export const SHERPA_ENGINE = "sherpa-onnx-node 1.13.8";

export type SherpaSpeechOptions = {
  /** The operator's models, one folder each. */
  models: string;
  /** For models that speak with a recording's voice; they cannot speak without. */
  reference?: ReferenceVoice;
  /** Prefer weights of 8 bits where a model has both. */
  preferInt8?: boolean;
  /** Child processes, each with its own models in memory; 1 when left out. */
  pool?: number;
  /** Threads for one synthesis; the machine's cores, 4 at most, shared by the pool when left out. */
  threads?: number;
  /** A child that needs more memory is ended, bytes; 4 GiB when left out. */
  memoryLimitBytes?: number;
  /** For one request, the loading of its model included, milliseconds; 2 min when left out. */
  deadlineMs?: number;
  /** An engine that computes nothing for as long has failed, milliseconds; 10 s when left out. */
  stallMs?: number;
  /** Milliseconds since any moment. */
  clock?: () => number;
};

export type SherpaSpeech = SpeechModel & {
  /** Process ids of the living child processes. */
  pids(): number[];
  voices(options: { signal: AbortSignal }): Promise<Voice[]>;
};

const DEFAULT_MEMORY_LIMIT = 4 * 2 ** 30;
const DEFAULT_DEADLINE_MS = 120_000;
const DEFAULT_STALL_MS = 10_000;
const SPEEDS = { slowest: 0.5, fastest: 2 };
/** Something each language's models can speak. */
const PROBES = new Map([
  ["zh", "好"],
  ["yue", "好"],
  ["ja", "あ"],
  ["ko", "아"],
  ["ru", "а"],
  ["hi", "अ"],
  ["ar", "ا"],
]);
const DEFAULT_PROBE = "a";

/**
 * Neural voices on this machine, by sherpa-onnx in child processes that start with the first request.
 * Voices are `<model>` or `<model>/<speaker>`; without one in the request the model is chosen by the
 * text's script and the language. A model that cannot be loaded is SPEECH_FAILED for an hour or until
 * its files change; the others go on.
 */
export function createSherpaSpeech(options: SherpaSpeechOptions): SherpaSpeech {
  const { reference, preferInt8 = false, pool: size = 1, clock = Date.now } = options;
  const threads = options.threads ?? defaultThreads(size);
  const listing = createModelListing(options.models, { preferInt8, clock });
  const pool = createModelPool<SherpaTask, Audio>({
    name: "neural speech worker",
    module: new URL("./sherpa-worker.ts", import.meta.url),
    size,
    memoryLimitBytes: options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT,
    deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
    code: "SPEECH_FAILED",
    clock,
  });
  const readReference = createReferenceReader();

  function choose(request: SpeechRequest): ChosenVoice {
    const { voice } = request;
    return voice === undefined ? fittingVoice(listing(), request) : namedVoice(listing(), voice);
  }

  return {
    provider: "sherpa",
    pids: pool.pids,
    cacheKey(request) {
      const text = readable(request.text);
      try {
        const { model, speaker } = choose(request);
        const recording = clonesFrom(model) ? referenceState(reference) : [];
        const how = generationFor(model, request);
        const { name, fingerprint } = model;
        return JSON.stringify([
          ...["sherpa", SHERPA_ENGINE, name, fingerprint, speaker],
          ...[how, recording, text],
        ]);
      } catch {
        // Such a request fails when it is spoken, and says why.
        return JSON.stringify(["sherpa", SHERPA_ENGINE, "none", request.voice ?? "", text]);
      }
    },
    async speak(request, { signal }): Promise<Speech> {
      checkSignal(signal);
      checkRequest(request);
      const text = readable(request.text);
      const { model, speaker, id } = choose(request);
      if (!/[\p{L}\p{N}\p{S}]/u.test(text)) throw nothingToSpeak(request);
      const cloned = clonesFrom(model) ? await referenceFor(model, signal) : {};
      const task: SherpaTask = {
        key: `${model.folder} ${model.fingerprint}`,
        name: model.name,
        config: speechConfig(model, { threads }),
        // A recording that a model dislikes is not the model's fault.
        probe: clonesFrom(model) ? "" : probeFor(model),
        text,
        generation: { ...generationFor(model, request), sid: speaker, ...cloned },
        stallMs: options.stallMs ?? DEFAULT_STALL_MS,
      };
      const { samples, sampleRate } = await pool.run({
        task,
        model,
        work: JSON.stringify([speaker, text]),
        subject: excerpt(text),
        signal,
      });
      const audio = { samples: audible(samples, model, request), sampleRate };
      return { audio, voice: id, warnings: warningsFor(model, request) };
    },
    async voices({ signal }) {
      checkSignal(signal);
      return listing()
        .filter((one) => one.usable)
        .filter(({ task }) => task === "speech")
        .flatMap(voicesOf);
    },
    close: () => pool.close(),
  };

  async function referenceFor(
    model: SherpaModel,
    signal: AbortSignal,
  ): Promise<Partial<GenerationConfig>> {
    const needed = clonesFrom(model);
    if (!reference || (needed === "sound and text" && reference.text.trim() === "")) {
      const what =
        needed === "sound" ? "a reference recording" : "a reference recording and its text";
      const message = `the model "${model.name}" speaks with the voice of a recording: give ${what}, or choose another voice`;
      throw new AppError("SPEECH_FAILED", message);
    }
    const { samples, sampleRate } = await readReference(reference, signal);
    return {
      referenceAudio: samples,
      referenceSampleRate: sampleRate,
      referenceText: readable(reference.text),
    };
  }
}

function defaultThreads(pool: number): number {
  return Math.max(1, Math.min(4, Math.floor(availableParallelism() / pool)));
}

/** NFC on one line, without what no model has a sound for. */
function readable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u{fffd}]/gu, " ")
    .normalize("NFC")
    .replace(/\s+/g, " ")
    .trim();
}

function speedOf({ speed = 1 }: SpeechRequest): number {
  return Math.min(Math.max(speed, SPEEDS.slowest), SPEEDS.fastest);
}

function clonesFrom({ kind }: SherpaModel): ModelKind["clones"] {
  return (MODEL_KINDS[kind] as ModelKind).clones; // most entries of the table leave it out
}

function generationFor(model: SherpaModel, request: SpeechRequest): Omit<GenerationConfig, "sid"> {
  const { numSteps, silenceScale } = model.note;
  const language = request.language.replace(/[-_].*$/, "").toLowerCase();
  return {
    speed: speedOf(request),
    ...(numSteps !== undefined && { numSteps }),
    ...(silenceScale !== undefined && { silenceScale }),
    ...(model.kind === "supertonic" && { extra: { lang: language } }),
  };
}

function probeFor({ languages: [language = ""] }: SherpaModel): string {
  return PROBES.get(language.replace(/[-_].*$/, "").toLowerCase()) ?? DEFAULT_PROBE;
}

/** Samples within −1..1; a sound of nothing is refused. */
function audible(samples: Float32Array, model: SherpaModel, request: SpeechRequest): Float32Array {
  let peak = 0;
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index] ?? 0;
    const kept = Number.isFinite(sample) ? Math.min(Math.max(sample, -1), 1) : 0;
    samples[index] = kept;
    peak = Math.max(peak, Math.abs(kept));
  }
  if (peak > 0) return samples;
  const message = `the model "${model.name}" gave silence for ${excerpt(request.text)}: choose another voice`;
  throw new AppError("SPEECH_FAILED", message);
}

function warningsFor(model: SherpaModel, request: SpeechRequest): Warning[] {
  const warnings = unusedPronunciations(`the model "${model.name}"`, request);
  if (model.kind !== "pocket" || speedOf(request) === 1) return warnings;
  const message = `the model "${model.name}" has one speed: ${request.speed} has no effect`;
  return [...warnings, { code: "SPEED_IGNORED", message }];
}

function voicesOf(model: SherpaModel): Voice[] {
  const { title, languages, speakers, speakerNames } = model;
  const count = speakers ?? Math.max(1, speakerNames.length);
  return Array.from({ length: count }, (_, speaker) => {
    const own = speakerNames[speaker] ?? (count === 1 ? "" : `${speaker}`);
    const name = own === "" ? title : `${title}: ${own}`;
    return { id: voiceId(model, speaker), name, languages };
  });
}

function nothingToSpeak({ text }: SpeechRequest): AppError {
  const remedy = "give a pronunciation in letters (column `pronunciation`)";
  return new AppError("SPEECH_FAILED", `nothing in ${excerpt(text)} can be spoken: ${remedy}`);
}
