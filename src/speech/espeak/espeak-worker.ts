import load, { type EspeakEvent } from "@echogarden/espeak-ng-emscripten";
import { AppError } from "../../domain/app-error.ts";
import type { Phoneme, Voice } from "../../ports/speech-model.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import { nearestNames } from "../text/nearest-names.ts";
import { excerpt } from "../text/request-text.ts";
import { phonemesOf } from "./espeak-phonemes.ts";
import { toSsml } from "./espeak-text.ts";
import { type EspeakWord, wordsOf } from "./espeak-words.ts";

/** Runs in a child process: the engine is a program of its own under the GPL. */
export type EspeakTask = SpeakTask | "list voices";

type SpeakTask = {
  text: string;
  voice: string;
  /** Words per minute. */
  rate: number;
};

/** 16 bits, as the engine makes them: half the bytes to pass between processes. */
export type EspeakSound = {
  samples: Int16Array;
  sampleRate: number;
  phonemes: Phoneme[];
  words: EspeakWord[];
};

const SAMPLE_RATE = 22_050;
/** The longest sound: 5,000 Chinese characters take 18 minutes. */
const MAX_SECONDS = 1800;
/** Variants of a voice, such as `hi+f3`; an unknown one would be ignored without a word. */
const VARIANT = /^(m[1-8]|f[1-5]|croak|whisperf?)$/;

const { eSpeakNGWorker } = await load();
const engine = new eSpeakNGWorker();
const identifiers = listVoices();

serveTasks<EspeakTask, EspeakSound | Voice[]>((task) =>
  task === "list voices" ? describedVoices() : speak(task),
);

function speak({ text, voice, rate }: SpeakTask): EspeakSound {
  selectVoice(voice);
  engine.set_rate(rate);
  const chunks: Int16Array[] = [];
  const events: EspeakEvent[] = [];
  let length = 0;
  const ssml = toSsml(text);
  engine.synthesize(ssml, (chunk, news) => {
    if (chunk && chunk.length > 0) chunks.push(chunk);
    length += chunk?.length ?? 0;
    events.push(...news);
    return length > MAX_SECONDS * SAMPLE_RATE;
  });
  if (length > MAX_SECONDS * SAMPLE_RATE) {
    const message = `${excerpt(text)} takes longer than ${MAX_SECONDS / 60} minutes to speak: split it`;
    throw new AppError("SPEECH_FAILED", message);
  }
  const samples = joined(chunks, length);
  if (samples.every((sample) => sample === 0)) {
    throw new AppError("SPEECH_FAILED", `nothing in ${excerpt(text)} can be spoken`);
  }
  const phonemes = phonemesOf(events, length / SAMPLE_RATE);
  return { samples, sampleRate: SAMPLE_RATE, phonemes, words: wordsOf(events, ssml, phonemes) };
}

function describedVoices(): Voice[] {
  return engine.list_voices().map(({ name, identifier, languages }) => ({
    id: identifier.replace(/^.*\//, ""),
    name,
    languages: languages.map((language) => language.name),
  }));
}

/** Voice names in lower case → what selects the voice. File names win over the wider language names. */
function listVoices(): Map<string, string> {
  const voices = engine.list_voices();
  const named = [
    ...voices.map(({ identifier }) => [identifier.replace(/^.*\//, ""), identifier] as const),
    ...voices.map(({ identifier }) => [identifier, identifier] as const),
    ...voices.map(({ name, identifier }) => [name, identifier] as const),
    ...voices.flatMap(({ languages, identifier }) =>
      languages.slice(0, 1).map(({ name }) => [name, identifier] as const),
    ),
  ];
  return new Map(named.reverse().map(([name, identifier]) => [name.toLowerCase(), identifier]));
}

function selectVoice(voice: string): void {
  const [name = "", variant] = voice.toLowerCase().split("+", 2);
  const identifier = identifiers.get(name);
  if (identifier === undefined) {
    const near = nearestNames(name, new Set([...identifiers.keys()].filter(isShort)), 5);
    throw new AppError(
      "VOICE_UNKNOWN",
      `no voice ${excerpt(voice)}; near ones: ${near.join(", ")}`,
    );
  }
  if (variant !== undefined && !VARIANT.test(variant)) {
    const message = `no variant ${excerpt(variant)} of voice ${name}: give m1 to m8, f1 to f5, croak or whisper`;
    throw new AppError("VOICE_UNKNOWN", message);
  }
  // On an unknown name the engine would go on with the voice of the request before.
  if (engine.set_voice(variant === undefined ? identifier : `${identifier}+${variant}`) !== 0) {
    throw new AppError("VOICE_UNKNOWN", `the engine does not load voice ${excerpt(voice)}`);
  }
}

function isShort(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name);
}

function joined(chunks: Int16Array[], length: number): Int16Array {
  const samples = new Int16Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    samples.set(chunk, offset);
    offset += chunk.length;
  }
  return samples;
}
