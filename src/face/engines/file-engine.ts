import type { Interval } from "../../domain/audio.ts";

/** What of a person an engine starts from. */
export type EngineInput = "video" | "picture";

/** One video to be made. */
export type EngineJob = {
  /** Private, and empty but for the inputs; whoever made it removes it. */
  folder: string;
  /** An `.mp4` of H.264 at a constant frame rate without sound, or a `.png`. */
  face: string;
  /** A `.wav` of 16 kHz, mono, 16 bits: what is heard from the first picture on. */
  audio: string;
  /** Where the result goes; nothing is there before. */
  out: string;
  /** How long the result is to be. */
  seconds: number;
  /** Frames a second: those of the video, or what a picture's result should have. */
  fps: number;
  /** Where in the sound the new words are, seconds. */
  speech: Interval;
};

/** Makes a face say a sound, from files to a file: an operator's own program, or a service. */
export interface FileEngine {
  /** The provider's name in options and reports, such as `wav2lip`. */
  readonly name: string;
  readonly needs: "gpu" | "cpu";
  /** All that shapes its pictures besides the job, as a stable string; never a secret. */
  readonly cacheKey: string;
  readonly takes: readonly EngineInput[];
  /**
   * Writes `out`, a video that was checked (see `checkMade`): as long as the job wants or longer, of
   * the face's shape, perhaps at another size or frame rate.
   * @throws AppError NO_FACE (the engine finds none), FACE_FAILED (with `retryable`), INVALID_OPTION
   * (it does not take such an input), CANCELLED; RetryLater when a service asks to wait for long.
   */
  run(job: EngineJob, options: { signal: AbortSignal }): Promise<void>;
}
