import { AppError, toAppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Speech, SpeechModel, SpeechRequest, Voice } from "../../ports/speech-model.ts";
import { createWorkerPool, type WorkerPool } from "../../workers/worker-pool.ts";
import { checkRequest, excerpt, unusedPronunciations } from "../text/request-text.ts";
import { readableText, withoutRareMarks } from "./espeak-text.ts";
import { placedWords } from "./espeak-words.ts";
import type { EspeakSound, EspeakTask } from "./espeak-worker.ts";
import { chooseVoice, unreadablePart } from "./voice-by-script.ts";

/** Changes with the package's version: other data, other sound. */
export const ESPEAK_ENGINE = "espeak-ng-emscripten 0.3.5";

/** Words per minute at speed 1, and what the engine can do. */
const NATURAL_RATE = 175;
const RATES = { slowest: 80, fastest: 450 };
const DEADLINE_MS = 60_000;
const MEMORY_LIMIT_BYTES = 1024 * 2 ** 20;
const FULL_SCALE = 32_768;
const REMEDY = "give a pronunciation in a script the voice can speak (column `pronunciation`)";

export type Espeak = SpeechModel & {
  /** Process ids of the living child processes. */
  pids(): number[];
};

/**
 * The embedded voice: eSpeak NG, offline, about a hundred languages, in child processes (`pool` of
 * them, 1 unless told) that start with the first request. Without a voice in the request it is chosen
 * by the script of the text, then by the language; a text that would be spelled letter by letter or
 * spoken in part is SPEECH_FAILED.
 */
export function createEspeak({ pool: size = 1 }: { pool?: number } = {}): Espeak {
  let pool: WorkerPool<EspeakTask, EspeakSound | Voice[]> | undefined;
  let closed = false;

  function startedPool(): WorkerPool<EspeakTask, EspeakSound | Voice[]> {
    if (closed) throw new AppError("SPEECH_FAILED", "the embedded voice has been closed");
    pool ??= createWorkerPool({
      name: "speech worker",
      module: new URL("./espeak-worker.ts", import.meta.url),
      size,
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
      deadlineMs: DEADLINE_MS,
    });
    return pool;
  }

  async function run<T extends EspeakTask>(task: T, signal: AbortSignal): Promise<Answer<T>> {
    try {
      // A worker answers a task with that task's result.
      return (await startedPool().run(task, { signal })) as Answer<T>;
    } catch (thrown) {
      throw asSpeechError(thrown);
    }
  }

  return {
    provider: "espeak",
    pids: () => pool?.pids() ?? [],
    cacheKey(request) {
      const { text, rate, ...choice } = plan(request);
      const voice = "voice" in choice ? choice.voice : "none";
      return JSON.stringify(["espeak", ESPEAK_ENGINE, voice, rate, text]);
    },
    async speak(request, { signal }): Promise<Speech> {
      checkSignal(signal);
      checkRequest(request);
      const { text, rate, ...choice } = plan(request);
      if (!/[\p{L}\p{N}\p{S}]/u.test(text)) {
        throw new AppError(
          "SPEECH_FAILED",
          `nothing in ${excerpt(request.text)} can be spoken: ${REMEDY}`,
        );
      }
      if ("unreadable" in choice) {
        // That a voice does not exist is the better reason, and the engine alone knows.
        if (request.voice !== undefined)
          await run({ text: "a", rate, voice: request.voice }, signal);
        throw unspeakable(choice.unreadable, request);
      }
      const task = { text, rate, voice: choice.voice };
      const { samples, sampleRate, phonemes, words } = await run(task, signal);
      const audio = { samples: toFloats(samples), sampleRate };
      const placed = placedWords(words, request.text);
      const warnings = unusedPronunciations("the embedded voice", request);
      return { audio, voice: choice.voice, words: placed, phonemes, warnings };
    },
    voices: ({ signal }) => run("list voices", signal),
    async close() {
      closed = true;
      await pool?.close();
    },
  };
}

type Answer<T extends EspeakTask> = T extends "list voices" ? Voice[] : EspeakSound;

/** A plain loop: `Float32Array.from` with a function takes longer than speaking the name. */
function toFloats(samples: Int16Array): Float32Array {
  const floats = new Float32Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    floats[index] = (samples[index] ?? 0) / FULL_SCALE;
  }
  return floats;
}

function plan({ text: given, language, voice, speed = 1 }: SpeechRequest) {
  const readable = readableText(given);
  const chosen = voice === undefined ? chooseVoice(readable, language) : explicit(readable, voice);
  const vietnamese = "voice" in chosen && /^(.*\/)?vi\b/i.test(chosen.voice);
  const text = vietnamese ? readable : withoutRareMarks(readable);
  const wanted = Math.round(speed * NATURAL_RATE);
  return { text, rate: Math.min(Math.max(wanted, RATES.slowest), RATES.fastest), ...chosen };
}

function explicit(text: string, voice: string): ReturnType<typeof chooseVoice> {
  const unreadable = unreadablePart(text, voice);
  return unreadable === undefined ? { voice } : { unreadable };
}

function unspeakable(word: string, { voice }: SpeechRequest): AppError {
  const who = voice === undefined ? "no embedded voice" : `voice ${excerpt(voice)} does not`;
  const verb = voice === undefined ? "speaks" : "speak";
  return new AppError("SPEECH_FAILED", `${who} ${verb} ${excerpt(word)}: ${REMEDY}`);
}

/** The pool's own failures in the words of the port. */
function asSpeechError(thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (!error.code.startsWith("WORKER_")) return error;
  return new AppError("SPEECH_FAILED", error.message, { retryable: true, cause: error });
}
