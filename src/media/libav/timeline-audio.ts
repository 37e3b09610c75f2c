import type { Stream } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { type AudioFormat, createAudioDecoder } from "./audio-decoder.ts";
import { codecName, type Input } from "./input.ts";

/** Timestamps may wander this far from the count of samples before it is a gap or an overlap. */
const TOLERANCE_SECONDS = 0.04;
/** One packet of silence that fills a gap is at most this long. */
const FILL_SECONDS = 1;
/** A file may not claim a gap longer than this. */
const MAX_GAP_SECONDS = 3600;

/**
 * The sound of a file as a player plays it: planar float blocks, `[channel][sample]`, without a gap
 * from the moment a player calls zero. What the file leaves out is silence; what lies before zero or
 * overlaps is dropped.
 * @throws AppError NO_AUDIO; MEDIA_UNREADABLE when nothing can be decoded.
 */
export function* timelineAudio(
  input: Input,
  format: AudioFormat | undefined,
): Generator<Float32Array[]> {
  const stream = requireAudio(input);
  using decoder = createAudioDecoder(stream, format);
  const place = createPlacement(input, format?.sampleRate ?? stream.codecpar.sampleRate);
  for (const packet of input.packets()) {
    if (packet.streamIndex !== stream.index) continue;
    for (const block of decoder.decode(packet)) yield* place.put(block);
  }
  for (const block of decoder.finish()) yield* place.put(block);
  place.requireSound();
}

export type Placement = {
  /** Yields silence for a gap before the block, then the part of it that is not played yet. */
  put(block: { time: number; channels: Float32Array[] }): Generator<Float32Array[]>;
  /** Throws when nothing was put. */
  requireSound(): void;
};

/** Puts decoded blocks onto the timeline by their timestamps. */
export function createPlacement(input: Input, sampleRate: number): Placement {
  let written = 0;
  let any = false;
  return {
    *put({ time, channels }) {
      any = true;
      const length = channels[0]?.length ?? 0;
      const stated = Number.isNaN(time) ? written : Math.round((time - input.zero) * sampleRate);
      const off = stated - written;
      const tolerance = written === 0 ? 0 : TOLERANCE_SECONDS * sampleRate;
      if (off > MAX_GAP_SECONDS * sampleRate) {
        throw new AppError(
          "MEDIA_UNREADABLE",
          `the audio of ${input.name} has a gap of ${Math.round(off / sampleRate)} s, more than ${MAX_GAP_SECONDS} s: its timestamps are damaged`,
        );
      }
      if (off > tolerance) {
        for (let left = off; left > 0; left -= FILL_SECONDS * sampleRate) {
          const silent = Math.min(left, FILL_SECONDS * sampleRate);
          yield channels.map(() => new Float32Array(silent));
        }
        written += off;
      }
      const skip = off < -tolerance ? Math.min(length, -off) : 0;
      if (skip === length) return;
      written += length - skip;
      yield skip === 0 ? channels : channels.map((plane) => plane.subarray(skip));
    },
    requireSound() {
      if (any) return;
      throw new AppError(
        "MEDIA_UNREADABLE",
        `the audio of ${input.name} cannot be decoded: the file is damaged`,
      );
    },
  };
}

export function requireAudio(input: Input): Stream {
  const { audio, name } = input;
  if (!audio) {
    throw new AppError(
      "NO_AUDIO",
      `${name} has no audio track, so there is no voice to put a name into: choose a video in which somebody speaks`,
    );
  }
  if (audio.codecpar.sampleRate <= 0 || audio.codecpar.channels <= 0) {
    throw new AppError(
      "MEDIA_UNREADABLE",
      `the ${codecName(audio)} audio of ${name} has no sample rate: the file is damaged`,
    );
  }
  return audio;
}

/** Mean of the channels. */
export function mixDown(channels: Float32Array[]): Float32Array {
  const [first, ...others] = channels;
  if (!first || others.length === 0) return first ?? new Float32Array();
  const mono = Float32Array.from(first);
  for (const plane of others) {
    for (let i = 0; i < mono.length; i++) mono[i] = (mono[i] ?? 0) + (plane[i] ?? 0);
  }
  const share = 1 / channels.length;
  for (let i = 0; i < mono.length; i++) mono[i] = (mono[i] ?? 0) * share;
  return mono;
}
