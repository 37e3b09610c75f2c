import { AppError } from "../domain/app-error.ts";
import { durationOf, type Interval } from "../domain/audio.ts";
import { resample } from "../media/libav/audio-decoder.ts";
import type { Phoneme, SpeechModel } from "../ports/speech-model.ts";
import { fromDb } from "../signal/decibels.ts";
import { speechBounds } from "../signal/trim.ts";

/** One sentence of the sample, and the pause after it in seconds. */
type Line = { text: string; pause: number };

const LEAD_IN_SECONDS = 0.45;
const TAIL_SECONDS = 0.6;
const OPENING: Line[] = [
  { text: "Dear customer,", pause: 0.7 },
  { text: "welcome to Vocative.", pause: 0.4 },
  { text: "This message was recorded only once.", pause: 0.45 },
  { text: "Yet everyone who watches it hears their own name.", pause: 0.6 },
];
/** Said over and over when the sample is to be longer. */
const MORE: Line[] = [
  { text: "The picture stays as it is.", pause: 0.5 },
  { text: "The voice stays as it is.", pause: 0.5 },
  { text: "Only the name is new.", pause: 0.8 },
  { text: "One recording is enough for a hundred people, or for a million.", pause: 0.6 },
  { text: "Each of them gets a file of their own.", pause: 0.9 },
];

const LANGUAGE = "en";
const SPEED = 0.92;
/** RMS of the speaking voice, and what its peaks may reach. */
const VOICE_DB = -20;
const PEAK_DB = -2;

export type SpokenLine = Interval & { text: string };

export type SampleVoice = {
  /** The voice alone, mono, digital silence in the pauses. */
  samples: Float32Array;
  sampleRate: number;
  lines: SpokenLine[];
  /** On the sample's timeline; empty when the model gives none. */
  phonemes: Phoneme[];
};

export type SampleVoiceOptions = {
  speech: SpeechModel;
  sampleRate: number;
  /** Length of the whole; the opening lines and a short tail when left out. */
  seconds?: number | undefined;
  signal: AbortSignal;
};

/**
 * Speaks the sample's script. With `seconds` as many lines as fit are spoken and the rest is silent.
 * @throws AppError INVALID_OPTION when not even two lines fit; what the speech model throws.
 */
export async function speakSample(options: SampleVoiceOptions): Promise<SampleVoice> {
  const { sampleRate, seconds } = options;
  const said: (SpokenLine & { sound: Float32Array; phonemes: Phoneme[] })[] = [];
  const spoken = new Map<string, Awaited<ReturnType<typeof speakLine>>>();
  let start = LEAD_IN_SECONDS;
  let end = start;
  for (const { text, pause } of script(seconds !== undefined)) {
    const line = spoken.get(text) ?? (await speakLine(text, options));
    spoken.set(text, line);
    const lineEnd = start + line.sound.length / sampleRate;
    if (seconds !== undefined && lineEnd + TAIL_SECONDS > seconds) break;
    said.push({ text, start, end: lineEnd, ...line });
    end = lineEnd;
    start = lineEnd + pause;
  }
  if (said.length < 2) {
    throw new AppError(
      "INVALID_OPTION",
      `a sample of ${seconds} s has no room for its first two sentences: ask for 4 s or more`,
    );
  }

  const samples = new Float32Array(Math.round((seconds ?? end + TAIL_SECONDS) * sampleRate));
  for (const { sound, start } of said) samples.set(sound, Math.round(start * sampleRate));
  return {
    samples,
    sampleRate,
    lines: said.map(({ text, start, end }) => ({ text, start, end })),
    phonemes: said.flatMap(({ phonemes, start }) => phonemes.map((one) => shifted(one, start))),
  };
}

function* script(endless: boolean): Generator<Line> {
  yield* OPENING;
  while (endless) yield* MORE;
}

async function speakLine(text: string, { speech, sampleRate, signal }: SampleVoiceOptions) {
  const request = { text, language: LANGUAGE, speed: SPEED };
  const { audio, phonemes = [] } = await speech.speak(request, { signal });
  const bounds = speechBounds(audio.samples, audio.sampleRate, -45);
  if (!bounds)
    throw new AppError("SPEECH_FAILED", `the voice was silent when it was to say: ${text}`);
  const active = audio.samples.subarray(bounds.start, bounds.end);
  const sound = resample(levelled(active), audio.sampleRate, sampleRate);
  const trimmed = -bounds.start / audio.sampleRate;
  const last = durationOf({ samples: sound, sampleRate });
  return {
    sound,
    phonemes: phonemes.map((one) => shifted(one, trimmed)).filter((one) => one.start < last),
  };
}

function levelled(samples: Float32Array): Float32Array {
  let energy = 0;
  let peak = 0;
  for (const sample of samples) {
    energy += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  const rms = Math.sqrt(energy / samples.length);
  const gain = Math.min(fromDb(VOICE_DB) / rms, fromDb(PEAK_DB) / peak);
  return samples.map((sample) => sample * gain);
}

function shifted({ symbol, start, end }: Phoneme, by: number): Phoneme {
  return { symbol, start: start + by, end: end + by };
}
