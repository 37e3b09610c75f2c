/**
 * A process that clones voices: of `count` samples, some of which other processes clone, too. Tells
 * its parent which ids it has and which of them it made. Arguments: cache file, its name, count.
 */
import { createVoiceClones } from "../voice-clones.ts";
import { createVoiceSample } from "../voice-sample.ts";

const [file = "", name = "", count = "0"] = process.argv.slice(2);
const made: string[] = [];
const clones = createVoiceClones({
  file,
  account: "account",
  async create(sample) {
    const voice = `${name}-${made.length}-${sample.hash.slice(0, 8)}`;
    made.push(voice);
    // Long enough for the others to come to the same place.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    return { kind: "made", voice };
  },
  async remove() {},
});
const { signal } = new AbortController();
const voices: Record<string, string> = {};
for (let index = 0; index < Number(count); index++) {
  // Odd ones are of this process alone.
  const text = index % 2 === 0 ? `shared ${index}` : `${name} ${index}`;
  const sample = createVoiceSample({ fileName: "a.wav", bytes: Buffer.from(text) });
  voices[text] = await clones.of(sample).voiceId({ signal });
}
process.send?.({ voices, made });
process.disconnect?.();
