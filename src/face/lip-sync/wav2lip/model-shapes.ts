import type { ValueMetadata } from "onnxruntime-node";
import { CROP } from "./face-crop.ts";
import { MEL_BANDS } from "./mel.ts";
import { CHUNK_COLUMNS } from "./mel-chunks.ts";

/** The shapes of one picture, without the batch before them. */
export const MEL_SHAPE = [1, MEL_BANDS, CHUNK_COLUMNS] as const;
export const FACE_SHAPE = [6, CROP, CROP] as const;
export const MADE_SHAPE = [3, CROP, CROP] as const;

/** Which of a model's inputs and outputs are what. */
export type ModelPorts = {
  mel: string;
  face: string;
  made: string;
  /** Pictures that the model takes at once; null for any number. */
  batch: number | null;
};

type Shape = readonly (number | string)[];

/**
 * Finds the two inputs and the output of a Wav2Lip model by their shapes, whatever their names.
 * @returns null when it is none: its inputs are not these two, or no output fits.
 */
export function findPorts(
  inputs: readonly ValueMetadata[],
  outputs: readonly ValueMetadata[],
): ModelPorts | null {
  const [first, second] = inputs;
  if (!first || !second || inputs.length !== 2) return null;
  const made = outputs.find((one) => fits(one, MADE_SHAPE));
  const orders = [
    { mel: first, face: second },
    { mel: second, face: first },
  ];
  const order = orders.find(({ mel, face }) => fits(mel, MEL_SHAPE) && fits(face, FACE_SHAPE));
  if (!made || !order) return null;
  const fixed = [order.mel, order.face, made]
    .map((one) => (one.isTensor ? one.shape[0] : undefined))
    .filter((size) => typeof size === "number");
  if (new Set(fixed).size > 1) return null;
  return { mel: order.mel.name, face: order.face.name, made: made.name, batch: fixed[0] ?? null };
}

/** For a message: `mel float32[N,1,80,16], face float32[N,6,96,96]`. */
export function describePorts(ports: readonly ValueMetadata[]): string {
  const described = ports.map((one) => {
    if (!one.isTensor) return `${one.name} (no tensor)`;
    return `${one.name} ${one.type}[${one.shape.map((size) => size || "?").join(",")}]`;
  });
  return described.length === 0 ? "none" : described.join(", ");
}

/** A dimension with a name, or with none, may be anything. */
function fits(port: ValueMetadata, wanted: Shape): boolean {
  if (!port.isTensor || port.type !== "float32" || port.shape.length !== 4) return false;
  return wanted.every((size, index) => {
    const given = port.shape[index + 1];
    return typeof given === "string" || given === size;
  });
}
