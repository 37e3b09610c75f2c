import { COEFFICIENTS } from "./sound-features.ts";
import { HIDDEN, INPUTS, type SoundNet } from "./sound-net.ts";
import { SOUND_NET_NUMBERS } from "./sound-net-numbers.ts";

/** The net that was taught by voices whose phonemes are known; it takes features as they are. */
export function trainedNet(): SoundNet {
  const { hiddenUnit, outputUnit, means, deviations } = SOUND_NET_NUMBERS;
  const hidden = weightsOf(SOUND_NET_NUMBERS.hidden, hiddenUnit);
  const output = weightsOf(SOUND_NET_NUMBERS.output, outputUnit);
  // Taught with inputs of mean 0 and deviation 1: the weights take over what brings them there.
  for (let unit = 0; unit < HIDDEN; unit++) {
    const at = unit * (INPUTS + 1);
    for (let input = 0; input < INPUTS; input++) {
      const c = input % COEFFICIENTS;
      const weight = (hidden[at + input] ?? 0) / (deviations[c] ?? 1);
      hidden[at + input] = weight;
      hidden[at + INPUTS] = (hidden[at + INPUTS] ?? 0) - weight * (means[c] ?? 0);
    }
  }
  return { hidden, output };
}

/** @param text Signed bytes in Base64, each `unit` times a weight. */
function weightsOf(text: string, unit: number): Float32Array {
  return Float32Array.from(atob(text), (byte) => unit * ((byte.charCodeAt(0) << 24) >> 24));
}
