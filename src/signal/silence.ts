import { fromDb } from "./decibels.ts";

/** Seconds from the first sample, `start` inclusive and `end` exclusive. */
type Span = { start: number; end: number };

export type SilenceDetector = {
  /** Takes the next samples, [channels][samples], all channels of equal length. */
  push(channels: Float32Array[]): void;
  /** The silences of all that was pushed, in order. One that reaches the end of the stream counts. */
  finish(): Span[];
};

export type SilenceOptions = {
  /** Hz. */
  sampleRate: number;
  /** How many channels every push brings. */
  channels: number;
  /** dBFS; a moment is quiet while the samples of all channels lie below it. */
  thresholdDb: number;
  /** Silences shorter than this are not reported. */
  minSilenceSeconds: number;
  /**
   * A lone sound of at most this many seconds does not end a pause; 0.02 when left out. With 0 the
   * result is that of FFmpeg's `silencedetect` with `mono=0`.
   */
  maxClickSeconds?: number;
};

/**
 * A lone sound has at least this much quiet on both sides. Glottal pulses of a low voice and the
 * closure before a final "t" are shorter: they stay speech however short each sound is.
 */
const ISOLATION_SECONDS = 0.08;
/** Samples are looked at in pieces of this many. */
const PIECE = 4096;

/** Finds the pauses of a stream of any length at the precision of one sample. */
export function createSilenceDetector(options: SilenceOptions): SilenceDetector {
  const { sampleRate, channels: channelCount, thresholdDb, minSilenceSeconds } = options;
  const maxClick = Math.round((options.maxClickSeconds ?? 0.02) * sampleRate);
  const isolation = Math.max(Math.round(ISOLATION_SECONDS * sampleRate), 2 * maxClick);
  const minSilence = Math.max(1, Math.round(minSilenceSeconds * sampleRate));
  const shortestKept = maxClick > 0 ? Math.min(minSilence, isolation) : minSilence;
  const threshold = fromDb(thresholdDb);

  const peaks = new Float32Array(PIECE);
  /** Quiet runs as start, end, start, end … in samples. */
  const runs: number[] = [];
  let position = 0;
  let quietSince = 0;

  function endRun(end: number): void {
    if (end - quietSince >= shortestKept) runs.push(quietSince, end);
  }

  return {
    push(channels) {
      const length = channels[0]?.length ?? 0;
      if (channels.length !== channelCount || channels.some((c) => c.length !== length)) {
        const lengths = channels.map((c) => c.length).join(", ");
        throw new RangeError(
          `silence detector: got channels of ${lengths} samples; push ${channelCount} channels of equal length`,
        );
      }
      for (let from = 0; from < length; from += PIECE) {
        const count = Math.min(PIECE, length - from);
        peakOfChannels(channels, from, count, peaks);
        for (let i = 0; i < count; i++) {
          if ((peaks[i] ?? 0) < threshold) continue;
          if (position + i > quietSince) endRun(position + i);
          quietSince = position + i + 1;
        }
        position += count;
      }
    },
    finish() {
      endRun(position);
      return joinOverClicks(runs, { maxClick, isolation })
        .filter((run) => run.end - run.start >= minSilence)
        .map((run) => ({ start: run.start / sampleRate, end: run.end / sampleRate }));
    },
  };
}

function peakOfChannels(
  channels: Float32Array[],
  from: number,
  count: number,
  peaks: Float32Array,
): void {
  const first = channels[0] ?? peaks;
  for (let i = 0; i < count; i++) peaks[i] = Math.abs(first[from + i] ?? 0);
  for (let c = 1; c < channels.length; c++) {
    const channel = channels[c] ?? first;
    for (let i = 0; i < count; i++) {
      const level = Math.abs(channel[from + i] ?? 0);
      if (level > (peaks[i] ?? 0)) peaks[i] = level;
    }
  }
}

/** Joins neighbouring runs that only a click separates; all in samples. */
function joinOverClicks(
  runs: readonly number[],
  { maxClick, isolation }: { maxClick: number; isolation: number },
): Span[] {
  const joined: Span[] = [];
  let lastLength = 0;
  for (let r = 0; r < runs.length; r += 2) {
    const start = runs[r] ?? 0;
    const end = runs[r + 1] ?? 0;
    const last = joined.at(-1);
    const isolated = lastLength >= isolation && end - start >= isolation;
    if (last && isolated && start - last.end <= maxClick) last.end = end;
    else joined.push({ start, end });
    lastLength = end - start;
  }
  return joined;
}

/**
 * What lies between the silences of a sound of `duration` seconds, in order.
 * @param silences in order and not overlapping.
 * @param minSegmentSeconds shorter segments are dropped; 0 keeps all that are not empty.
 */
export function speechSegments(
  silences: readonly Span[],
  duration: number,
  minSegmentSeconds = 0,
): Span[] {
  const segments: Span[] = [];
  let start = 0;
  for (const silence of [...silences, { start: duration, end: duration }]) {
    const end = Math.min(duration, silence.start);
    if (end > start && end - start >= minSegmentSeconds) segments.push({ start, end });
    start = silence.end;
  }
  return segments;
}
