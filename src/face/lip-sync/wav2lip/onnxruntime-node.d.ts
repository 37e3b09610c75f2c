/** The part of the package that is used, which the operator installs (onnxruntime-node 1.30.0). */
declare module "onnxruntime-node" {
  export type ValueMetadata =
    | { name: string; isTensor: false }
    /** A dimension that is not known before has a name. */
    | { name: string; isTensor: true; type: string; shape: readonly (number | string)[] };

  export interface Tensor {
    readonly dims: readonly number[];
    readonly data: unknown;
  }

  export interface InferenceSession {
    readonly inputMetadata: readonly ValueMetadata[];
    readonly outputMetadata: readonly ValueMetadata[];
    run(
      feeds: Readonly<Record<string, Tensor>>,
      fetches: readonly string[],
    ): Promise<Readonly<Record<string, Tensor>>>;
    release(): Promise<void>;
  }

  export const InferenceSession: {
    create(path: string, options: { intraOpNumThreads?: number }): Promise<InferenceSession>;
  };

  export const Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
}
