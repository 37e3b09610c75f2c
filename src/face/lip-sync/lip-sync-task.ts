import type { Face, Picture } from "../../domain/face.ts";
import type { NewPictures } from "./picture-maker.ts";

/** What the lip-sync worker does. */
export type LipSyncTask = LookTask | MakeTask;

/** Reads some pictures of a stretch for a face finder: `from` inclusive, `to` exclusive. */
export type LookTask = { kind: "look"; file: string; from: number; to: number; maxSide: number };

/** A picture no larger than asked for, and how many of its pixels are one of it, per side. */
export type Seen = { picture: Picture; scale: number };

/** Makes new pictures of a stretch and encodes them to stand in its place. */
export type MakeTask = {
  kind: "make";
  /** Path of the stretch's video. */
  file: string;
  faces: readonly Face[];
  wanted: NewPictures;
  /** After so many pictures a key frame follows. */
  cuts: readonly number[];
  /** What the pictures may take together. */
  maxBytes: number;
};

export type LipSyncResult = Seen[] | Uint8Array[];
