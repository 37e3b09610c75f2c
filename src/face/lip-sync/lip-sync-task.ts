import type { Face, Picture } from "../../domain/face.ts";
import type { NewPictures } from "./picture-maker.ts";
import type { Pads } from "./wav2lip/face-box.ts";

/** What the lip-sync worker does. `file` is the path of a stretch's video. */
export type LipSyncTask = LookTask | MakeTask | WriteTask | ReadTask;

/** Reads some pictures of a stretch, upright, for a face finder: `from` inclusive, `to` exclusive. */
export type LookTask = { kind: "look"; file: string; from: number; to: number; maxSide: number };

/** A picture no larger than asked for, and how many of its pixels are one of it, per side. */
export type Seen = {
  picture: Picture;
  scale: number;
  /** Whether its width is the height of the stretch's pictures: players turn them by a quarter. */
  sideways?: boolean;
};

/** What new pictures have to be like to stand in the place of a stretch's own. */
type Place = {
  file: string;
  /** In the upright pictures. */
  faces: readonly Face[];
  wanted: NewPictures;
  /** After so many pictures a key frame follows. */
  cuts: readonly number[];
  /** What the pictures may take together. */
  maxBytes: number;
};

/** Who makes pictures inside the worker. */
export type Maker =
  | { kind: "mouth" }
  | {
      kind: "wav2lip";
      /** Path of an ONNX model. */
      model: string;
      pads: Pads;
    };

/** Makes new pictures of a stretch and encodes them to stand in its place. */
export type MakeTask = { kind: "make"; maker: Maker } & Place;

/** Writes a stretch's pictures and the sound as files for an engine. */
export type WriteTask = { kind: "write"; file: string; wanted: NewPictures; folder: string };

export type Written = { face: string; audio: string; fps: number };

/** Takes the mouth out of an engine's video, and encodes the pictures with it to stand in the stretch's place. */
export type ReadTask = { kind: "read"; made: string } & Place;

export type LipSyncResult = Seen[] | Uint8Array[] | Written;
