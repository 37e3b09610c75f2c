import type { Picture } from "../../domain/face.ts";

/** What the process does that readies portraits. */
export type PrepareTask =
  | { kind: "read"; file: string; maxSide: number }
  | { kind: "fit"; picture: Picture; landmarks: Float32Array; size: number }
  | { kind: "avatar"; size: number };
