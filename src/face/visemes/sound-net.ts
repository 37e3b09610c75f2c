import { VISEMES } from "../../domain/face.ts";
import { COEFFICIENTS } from "./sound-features.ts";

/** The frames that are looked at to tell what one of them is, as offsets from it. */
export const CONTEXT = [-12, -6, -3, 0, 3, 6, 12] as const;
export const INPUTS = CONTEXT.length * COEFFICIENTS;
export const HIDDEN = 24;
export const OUTPUTS = VISEMES.length;

/**
 * A net of one hidden layer. Rows lie one after the other: `hidden[unit][input]` and then the unit's
 * bias, `output[viseme][unit]` and then the viseme's bias.
 */
export type SoundNet = { hidden: Float32Array; output: Float32Array };

/** Numbers of each layer. */
export const HIDDEN_LENGTH = HIDDEN * (INPUTS + 1);
export const OUTPUT_LENGTH = OUTPUTS * (HIDDEN + 1);

/**
 * How likely each frame of `features` (see `soundFeatures`) is each viseme: natural logarithms of
 * probabilities, `[frame][viseme]` flat. Before and after the sound all is as at its ends.
 */
export function visemeOdds(net: SoundNet, features: Float32Array): Float32Array {
  const frames = features.length / COEFFICIENTS;
  const odds = new Float32Array(frames * OUTPUTS);
  const inputs = new Float32Array(INPUTS);
  const units = new Float32Array(HIDDEN);
  for (let frame = 0; frame < frames; frame++) {
    gather(features, frame, inputs);
    weigh(net.hidden, inputs, units);
    for (let unit = 0; unit < HIDDEN; unit++) units[unit] = Math.tanh(units[unit] ?? 0);
    const row = odds.subarray(frame * OUTPUTS, (frame + 1) * OUTPUTS);
    weigh(net.output, units, row);
    const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    for (let viseme = 0; viseme < OUTPUTS; viseme++) row[viseme] = (row[viseme] ?? 0) - total;
  }
  return odds;
}

/** Writes what the net looks at for a frame to `inputs`. */
export function gather(features: Float32Array, frame: number, inputs: Float32Array): void {
  const last = features.length / COEFFICIENTS - 1;
  for (const [index, offset] of CONTEXT.entries()) {
    const from = Math.min(last, Math.max(0, frame + offset)) * COEFFICIENTS;
    for (let c = 0; c < COEFFICIENTS; c++) {
      inputs[index * COEFFICIENTS + c] = features[from + c] ?? 0;
    }
  }
}

/** One layer: each row's weights times the inputs, and its bias. */
export function weigh(rows: Float32Array, inputs: Float32Array, sums: Float32Array): void {
  const width = inputs.length + 1;
  for (let row = 0; row < sums.length; row++) {
    const at = row * width;
    let sum = rows[at + inputs.length] ?? 0;
    for (let i = 0; i < inputs.length; i++) sum += (rows[at + i] ?? 0) * (inputs[i] ?? 0);
    sums[row] = sum;
  }
}
