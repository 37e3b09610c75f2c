import { AppError } from "../domain/app-error.ts";
import type { EditableSlot } from "../ports/media-engine.ts";
import { FRAME } from "./aac/splice.ts";
import { type AacWindow, readAacWindow } from "./aac/window.ts";
import { decodePackets } from "./libav/audio-decoder.ts";
import type { AudioEncoderOptions } from "./libav/audio-encoder.ts";
import { type Input, openInput } from "./libav/input.ts";
import { requireAudio } from "./libav/timeline-audio.ts";
import { type Movie, openMovie, readSample, type Track } from "./mp4/movie.ts";
import { readDurations, readField } from "./mp4/movie-times.ts";
import type { SoundSite } from "./template-context.ts";

/** Bits a second of audio that is encoded here; a base above that keeps its own rate. */
export const MIN_BIT_RATE = 160_000;
/** What a base claims beyond this is not believed. */
const MAX_BIT_RATE = 512_000;
/** Joints are looked for this many frames around the part that may change. */
export const JOINT_REACH = 24;
/** Frames of the base that are kept around the packets that may change, for the encoder to settle. */
const WARM_UP = 3;
/** Frames between the changed parts of two slots, for a joint on both sides. */
const NEAREST = 12;
/** An edit that reaches so near to the end of the sound, seconds, is one at its end. */
const END_TOLERANCE = 0.05;
/** A base is edited over at most this much of its end; a name there may be as long. */
const MAX_EDITABLE_SECONDS = 20;

/** An MP4 whose packets can be replaced one by one. */
export type Mp4Source = {
  movie: Movie;
  input: Input;
  track: Track;
  encoder: AudioEncoderOptions;
  /** Sample of the player's timeline at which frame 0 of the track begins. */
  origin: number;
  /** First sample of the timeline at which the track is over. */
  end: number;
};

export async function openSource(file: string, name: string): Promise<Mp4Source> {
  const movie = await openMovie(file, name);
  if (typeof movie === "string") throw new AppError("MEDIA_UNSUPPORTED", movie);
  let input: Input | null = null;
  try {
    input = openInput(file);
    return describeSource(movie, input);
  } catch (error) {
    input?.[Symbol.dispose]();
    await movie.close();
    throw error;
  }
}

function describeSource(movie: Movie, input: Input): Mp4Source {
  const audio = requireAudio(input);
  const { sampleRate, channels, bitRate } = audio.codecpar;
  const sounds = movie.tracks.filter((track) => track.handler === "soun");
  const track = sounds.find((one) => movie.tracks.indexOf(one) === audio.index) ?? sounds[0];
  const obstacle = track ? trackObstacle(track, sampleRate) : "its audio track cannot be found";
  if (!track || obstacle) throw new AppError("MEDIA_UNSUPPORTED", obstacle ?? "");
  const { times } = track;
  const origin = Math.round(times.delay * sampleRate) - times.mediaStart;
  const shown = times.editDuration
    ? Math.round((readField(times.editDuration) / movie.timescale) * sampleRate)
    : readField(times.mediaDuration) - times.mediaStart;
  const media = track.samples.sizes.length * FRAME;
  return {
    movie,
    input,
    track,
    encoder: {
      codec: "aac",
      sampleRate,
      channels,
      bitRate: Math.min(MAX_BIT_RATE, Math.max(MIN_BIT_RATE, Number(bitRate))),
    },
    origin,
    end: Math.min(origin + times.mediaStart + shown, origin + media),
  };
}

function trackObstacle(track: Track, sampleRate: number): string | null {
  if (track.times.timescale !== sampleRate) {
    return "its audio timestamps are not counted in samples";
  }
  const runs = readDurations(track.box) ?? [];
  const timed = runs.reduce((sum, { count }) => sum + count, 0);
  if (timed === 0 || timed !== track.samples.sizes.length) {
    return "its audio has packets without a time";
  }
  const even = runs.every(
    (run, i) => run.delta === FRAME || (i === runs.length - 1 && run.count === 1),
  );
  return even ? null : "its audio packets are not of even length";
}

/** Where the packets of a slot may be replaced, as packet numbers of the track, inclusive. */
export type SoundRange = {
  first: number;
  last: number;
  /** Whose sound may change. */
  firstChanged: number;
  lastChanged: number;
  growth: SoundSite["growth"];
};

/**
 * The ranges of all slots, apart from each other.
 * @throws AppError SLOT_INVALID when two slots are so near that no joint fits between them.
 */
export function soundRanges(source: Mp4Source, slots: readonly EditableSlot[]): SoundRange[] {
  const ranges = slots.map((slot) => soundRange(source, slot));
  for (const [i, range] of ranges.entries()) {
    const next = ranges[i + 1];
    if (!next) break;
    const [from, to] = [range.lastChanged, next.firstChanged];
    if (to - from < NEAREST) throw tooNear(i, slots, source.encoder);
    // One packet between them belongs to neither: both join it.
    const between = Math.floor((from + to) / 2);
    range.last = Math.min(range.last, between - 1);
    next.first = Math.max(next.first, between + 1);
  }
  return ranges;
}

function tooNear(
  first: number,
  slots: readonly EditableSlot[],
  { sampleRate }: { sampleRate: number },
): AppError {
  const [one, other] = [slots[first], slots[first + 1]];
  const gap = (other?.editable.start ?? 0) - (one?.editable.end ?? 0);
  const needed = ((NEAREST + 1) * FRAME) / sampleRate;
  return new AppError(
    "SLOT_INVALID",
    `slots ${first + 1} and ${first + 2} (at ${one?.slot.start.toFixed(2)} s and ${other?.slot.start.toFixed(2)} s) leave ${Math.max(0, gap).toFixed(2)} s between them, at least ${needed.toFixed(2)} s are needed: take one slot for both, or one of them`,
  );
}

function soundRange(source: Mp4Source, { editable, pictures }: EditableSlot): SoundRange {
  const { sampleRate } = source.encoder;
  const count = source.track.samples.sizes.length;
  const start = editable.start * sampleRate - source.origin;
  const seconds = Math.min(editable.end - editable.start, MAX_EDITABLE_SECONDS);
  const end = (editable.start + seconds) * sampleRate - source.origin;
  const firstChanged = Math.max(0, Math.floor(start / FRAME));
  const lastChanged = Math.min(count - 1, Math.ceil(end / FRAME));
  const reachesEnd = editable.end * sampleRate > source.end - END_TOLERANCE * sampleRate;
  const whole = editable.growable && editable.end - editable.start <= MAX_EDITABLE_SECONDS;
  const inside = whole && pictures ? "inside" : "none";
  const growth = whole && reachesEnd ? "end" : inside;
  const first = Math.max(0, firstChanged - 1 - JOINT_REACH);
  const last = growth === "end" ? count - 1 : Math.min(count - 1, lastChanged + JOINT_REACH);
  return { first, last, firstChanged, lastChanged, growth };
}

type DecodedRange = {
  windows: (AacWindow | null)[];
  planes: Float32Array[];
  /** Frame number of the first sample in `planes`. */
  planesStart: number;
};

/** Reads the packets of a range and decodes them with some frames around. */
export async function decodeRange(
  source: Mp4Source,
  range: { first: number; last: number },
): Promise<DecodedRange> {
  const { movie, track, input } = source;
  const count = track.samples.sizes.length;
  const planesStart = Math.max(0, range.first - WARM_UP);
  const end = Math.min(count - 1, range.last + WARM_UP);
  const from = Math.max(0, planesStart - 1); // one more, as a frame needs the packet before it
  const audio = requireAudio(input);
  const windows: (AacWindow | null)[] = [];
  const packets: Buffer[] = [];
  for (let i = from; i <= end; i++) {
    const bytes = await readSample(movie, track, i);
    if (i >= range.first && i <= range.last) windows.push(readAacWindow(bytes));
    packets.push(bytes);
  }
  const skipped = (planesStart - from) * FRAME;
  const planes = decodePackets(audio, packets).map((plane) => plane.subarray(skipped));
  return { windows, planes, planesStart };
}
