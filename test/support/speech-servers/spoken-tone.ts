import { encodeSound } from "../sound-encoder.ts";

const SAMPLE_RATE = 24_000;
/** Silence before and after each, as most voices leave. */
const EDGE_SECONDS = 0.15;
const SECONDS_A_CHARACTER = 0.02;
const WAV_HEADER_BYTES = 44;

/** Seconds a tone in place of a spoken text takes: the longer the text the longer. */
export function toneSeconds(text: string, speed = 1): number {
  return 2 * EDGE_SECONDS + ([...text].length * SECONDS_A_CHARACTER) / speed;
}

/** A WAV file of 16 bits; `streamed` as by a server that sends while it speaks: without lengths. */
export function toneWav(text: string, { speed = 1, streamed = false } = {}): Buffer {
  return madeOnce(`wav ${[...text].length} ${speed} ${streamed}`, () => {
    const tone = toneOf(text, speed);
    const file = Buffer.alloc(WAV_HEADER_BYTES + 2 * tone.length);
    file.write("RIFF", 0);
    file.writeUInt32LE(streamed ? 0xffffffff : file.length - 8, 4);
    file.write("WAVEfmt ", 8);
    file.writeUInt32LE(16, 16);
    file.writeUInt16LE(1, 20);
    file.writeUInt16LE(1, 22);
    file.writeUInt32LE(SAMPLE_RATE, 24);
    file.writeUInt32LE(2 * SAMPLE_RATE, 28);
    file.writeUInt16LE(2, 32);
    file.writeUInt16LE(16, 34);
    file.write("data", 36);
    file.writeUInt32LE(streamed ? 0xffffffff : 2 * tone.length, 40);
    for (let i = 0; i < tone.length; i++) {
      file.writeInt16LE(Math.round(32_767 * (tone[i] ?? 0)), WAV_HEADER_BYTES + 2 * i);
    }
    return file;
  });
}

/** An MP3 stream. */
export function toneMp3(text: string, { speed = 1 } = {}): Buffer {
  return madeOnce(`mp3 ${[...text].length} ${speed}`, () => {
    const track = { codec: "mp3", sampleRate: SAMPLE_RATE, channels: 1, bitRate: 64_000 } as const;
    const { packets } = encodeSound(toneOf(text, speed), track);
    return Buffer.concat(packets.map(({ data }) => data));
  });
}

function toneOf(text: string, speed: number): Float32Array {
  const samples = new Float32Array(Math.round(toneSeconds(text, speed) * SAMPLE_RATE));
  const edge = EDGE_SECONDS * SAMPLE_RATE;
  for (let i = Math.ceil(edge); i < samples.length - edge; i++) {
    const fade = Math.min(1, (i - edge) / 240, (samples.length - edge - i) / 240);
    samples[i] = 0.4 * fade * Math.sin((2 * Math.PI * 200 * i) / SAMPLE_RATE);
  }
  return samples;
}

/** Texts of the same length sound the same. */
const made = new Map<string, Buffer>();

function madeOnce(key: string, make: () => Buffer): Buffer {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known;
}
