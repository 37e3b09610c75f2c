import { onnxFile } from "../../src/speech/sherpa/testing/onnx-model.ts";

/**
 * A network with Wav2Lip's inputs and outputs in a kilobyte: each picture is what its face shows in the
 * planes with a hidden half, and there the grey of the mean that it hears, from black (−4) to white (4).
 * @param options.side Of the faces, pixels; Wav2Lip's is 96.
 * @param options.batch Pictures at once; any number when left out.
 */
export function wav2lipFile({
  side = 96,
  batch = "N",
}: {
  side?: number;
  batch?: number | string;
} = {}): Buffer {
  const hidden = Array.from({ length: side * side }, (_, at) => (at < (side * side) / 2 ? 0 : 1));
  return onnxFile({
    inputs: {
      mel_spectrogram: { type: "float", shape: [batch, 1, 80, 16] },
      video_frames: { type: "float", shape: [batch, 6, side, side] },
    },
    outputs: { predicted_frames: { type: "float", shape: [batch, 3, side, side] } },
    constants: {
      first: { type: "int64", shape: [1], values: [0] },
      end: { type: "int64", shape: [1], values: [3] },
      planes: { type: "int64", shape: [1], values: [1] },
      hidden: { type: "float", shape: [1, 1, side, side], values: hidden },
      least: { type: "float", shape: [1], values: [4] },
      range: { type: "float", shape: [1], values: [8] },
    },
    nodes: [
      { op: "Slice", inputs: ["video_frames", "first", "end", "planes"], output: "shown" },
      {
        op: "ReduceMean",
        inputs: ["mel_spectrogram"],
        output: "mean",
        attributes: { axes: [1, 2, 3], keepdims: 1 },
      },
      { op: "Add", inputs: ["mean", "least"], output: "raised" },
      { op: "Div", inputs: ["raised", "range"], output: "grey" },
      { op: "Mul", inputs: ["hidden", "grey"], output: "lower" },
      { op: "Add", inputs: ["shown", "lower"], output: "predicted_frames" },
    ],
    metadata: {},
  });
}
