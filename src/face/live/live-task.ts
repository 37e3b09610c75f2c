import type { Picture } from "../../domain/face.ts";
import type { MovieTracks } from "../../media/fmp4/tracks.ts";
import type { SaidClause } from "../../ports/live-face.ts";
import type { AnswerStep } from "./answer.ts";

/** A picture of the video's size, and its face. */
export type StillPortrait = { picture: Picture; landmarks: Float32Array };

/**
 * What the live worker does. Portraits and works are told apart by what their names are; a process that
 * was started anew knows none of them.
 */
export type LiveTask =
  | { kind: "open"; portrait: string; still: StillPortrait; fps: number }
  | { kind: "begin"; portrait: string; work: string; seed: number }
  | { kind: "idle"; portrait: string; work: string }
  | { kind: "turn"; work: string; step?: AnswerStep }
  | { kind: "drop"; work: string };

export type LiveResult =
  | { kind: "opened"; tracks: MovieTracks }
  | { kind: "begun" }
  /** `done`: there is no more to make for now. */
  | { kind: "turned"; done: boolean; said: SaidClause | null; memoryBytes: number }
  | { kind: "dropped" }
  /** The process does not know the portrait, or the work. */
  | { kind: "unknown" };
