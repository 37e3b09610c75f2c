import type { InferenceSession, Tensor, ValueMetadata } from "onnxruntime-node";
import type { OnnxRuntime } from "../onnx-runtime.ts";

/** What a session is asked for: tensors by the model's names. */
export type Feeds = Readonly<Record<string, StandInTensor>>;

export class StandInTensor implements Tensor {
  readonly type: string;
  readonly data: Float32Array;
  readonly dims: readonly number[];

  constructor(type: string, data: Float32Array, dims: readonly number[]) {
    const length = dims.reduce((product, size) => product * size, 1);
    if (length !== data.length) throw new Error(`${data.length} numbers are not [${dims.join()}]`);
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

/** A tensor of float32 in a model's description. */
export function port(name: string, ...shape: (number | string)[]): ValueMetadata {
  return { name, isTensor: true, type: "float32", shape };
}

/** The runtime without its package: one model, with these inputs and outputs, whatever the file. */
export function standInRuntime({
  inputs,
  outputs,
  run,
}: {
  inputs: readonly ValueMetadata[];
  outputs: readonly ValueMetadata[];
  run: (feeds: Feeds, fetches: readonly string[]) => Record<string, StandInTensor>;
}): {
  runtime: OnnxRuntime;
  /** How many sessions are open, and what the last one was opened with. */
  state: { open: number; path?: string; options?: object };
} {
  const state: { open: number; path?: string; options?: object } = { open: 0 };
  const runtime: OnnxRuntime = {
    Tensor: StandInTensor,
    InferenceSession: {
      async create(path, options): Promise<InferenceSession> {
        state.open++;
        state.path = path;
        state.options = options;
        return {
          inputMetadata: inputs,
          outputMetadata: outputs,
          // The model made its tensors with the class above.
          run: async (feeds, fetches) => run(feeds as Feeds, fetches),
          release: async () => {
            state.open--;
          },
        };
      },
    },
  };
  return { runtime, state };
}
