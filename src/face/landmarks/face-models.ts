import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs-backend-wasm";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { type io, setBackend, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { LANDMARKS } from "../../domain/face.ts";
import { DETECTOR_INPUT, type FaceBox, facesInOutput } from "./face-boxes.ts";

/** Pixels a side of the mesh's input. */
export const MESH_INPUT = 192;

export type Mesh = {
  /** `[landmark][x, y, z]` in pixels of the input, flat; z grows away from the camera. */
  points: Float32Array;
  /** How sure it is that this is a face, 0..1. */
  score: number;
};

/** Both take a patch `[y][x][channel]`, 0..255, of the size of their input. */
export type FaceModels = {
  /** The faces in a patch, the surest first. */
  detect(patch: Float32Array, minScore: number): FaceBox[];
  /** The mesh of the face in a patch, whether there is one or not. */
  mesh(patch: Float32Array): Mesh;
};

/**
 * MediaPipe's BlazeFace (the model for 256 pixels) and its face mesh with 468 points, both under the
 * Apache licence, as converted in the package `@vladmandic/human`: files of this machine, computed by
 * TensorFlow.js in WebAssembly. One thread: the same patch always gives the same numbers.
 */
export async function loadFaceModels(): Promise<FaceModels> {
  if (!(await setBackend("wasm"))) throw new Error("this machine's Node runs no WebAssembly");
  const [detector, mesher] = await Promise.all([graph("blazeface"), graph("facemesh")]);

  function run(model: typeof detector, patch: Float32Array, size: number): Map<string, Output> {
    const input = tensor(patch, [1, size, size, 3]);
    const result = model.execute(input);
    const tensors = Array.isArray(result) ? result : [result as Tensor]; // not by name: no names were asked for
    const outputs = tensors.map((one): [string, Output] => {
      return [one.shape.slice(1).join("×"), Float32Array.from(one.dataSync())];
    });
    for (const one of [input, ...tensors]) one.dispose();
    return new Map(outputs);
  }

  return {
    detect(patch, minScore) {
      const scaled = patch.map((value) => value / 127.5 - 1);
      const outputs = run(detector, scaled, DETECTOR_INPUT);
      const levels = [512, 384].map((anchors) => ({
        logits: part(outputs, `${anchors}×1`),
        boxes: part(outputs, `${anchors}×16`),
      }));
      return facesInOutput(levels, minScore);
    },
    mesh(patch) {
      const scaled = patch.map((value) => value / 255);
      const outputs = run(mesher, scaled, MESH_INPUT);
      return { points: part(outputs, `${LANDMARKS * 3}`), score: part(outputs, "1")[0] ?? 0 };
    },
  };
}

type Output = Float32Array;

function part(outputs: Map<string, Output>, shape: string): Output {
  const output = outputs.get(shape);
  if (!output) throw new Error(`the face model gives no ${shape}: its package is another version`);
  return output;
}

const modelFile = z.object({
  modelTopology: z.looseObject({}),
  // Of one file of weights; what each entry holds is checked by the library that reads it.
  weightsManifest: z.tuple([z.object({ weights: z.array(z.custom<io.WeightsManifestEntry>()) })]),
  signature: z.looseObject({}).optional(),
});

/** Read here: the library itself would fetch a URL, and Node fetches no files. */
async function graph(name: string) {
  const folder = path.join(fileURLToPath(import.meta.resolve("@vladmandic/human")), "../../models");
  const [json, weights] = await Promise.all([
    readFile(path.join(folder, `${name}.json`), "utf8"),
    readFile(path.join(folder, `${name}.bin`)),
  ]);
  const { modelTopology, weightsManifest, signature } = modelFile.parse(JSON.parse(json));
  return loadGraphModel({
    load: async () => ({
      modelTopology,
      weightSpecs: weightsManifest[0].weights,
      weightData: new Uint8Array(weights).buffer,
      ...(signature ? { signature } : {}),
    }),
  });
}
