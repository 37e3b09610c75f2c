import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { durationOf } from "../../src/domain/audio.ts";
import { agreement } from "../support/compare-sound.ts";
import { lipSyncedCampaign } from "../support/lip-synced.ts";
import { madeSound } from "../support/made-sound.ts";
import { makeMedia } from "../support/make-media.ts";
import { decodedFrames, decodeSound, type ReadFrame } from "../support/read-media.ts";
import { makeTalkingBase, type TalkingBase } from "../support/talking-base.ts";

/** Diamond with names of all lengths: sound and picture stay together. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-diamond-lengths-"));
const inside = (file: string) => path.join(folder, file);
let base: TalkingBase;
before(async () => {
  base = await makeTalkingBase({
    file: inside("base.mp4"),
    parts: [0.4, "Rahul", 0.45, "welcome to our school, we are happy to see you", 0.4],
  });
});
after(() => rmSync(folder, { recursive: true }));

const framesOf = (file: string): ReadFrame[] => [...decodedFrames(file)];

/** Mean difference of two pictures in a band of rows, levels. */
function difference(a: ReadFrame, b: ReadFrame, [top, bottom]: [number, number]): number {
  let sum = 0;
  const from = Math.round(top * a.height) * a.width;
  const to = Math.round(bottom * a.height) * a.width;
  for (let i = from; i < to; i++) sum += Math.abs((a.luma[i] ?? 0) - (b.luma[i] ?? 0));
  return sum / (to - from);
}

test("whatever a name's length, the speech after it is heard and seen at the same time", async (t) => {
  const lengths = [0.3, 0.6, 1, 1.6, 2.5];
  const names = lengths.map((seconds) => `Name ${seconds}`);
  const { outputs, warnings } = await lipSyncedCampaign({
    folder,
    base: base.file,
    sheet: `name\n${names.join("\n")}\n`,
    options: { lipSyncProvider: "mouth" },
    voice: ({ text }) => ({
      samples: madeSound([{ kind: "speech", seconds: Number(text.slice(5)) }], {
        sampleRate: 22_050,
        noiseDb: null,
      }),
      sampleRate: 22_050,
    }),
  });
  assert.deepEqual(warnings, []);
  const baseFrames = framesOf(base.file);
  const baseSound = decodeSound(base.file);
  const [, , , sentence] = base.parts;
  assert.ok(sentence);
  const frameSeconds = 1 / base.fps;
  for (const [index, name] of names.entries()) {
    const output = outputs.get(name);
    assert.ok(output, name);
    const sound = decodeSound(output.file);
    const longer = durationOf(sound) - durationOf(baseSound);
    const { sampleRate } = baseSound;
    const guess = Math.round(Math.max(0, longer) * sampleRate);
    const heard = agreement(
      baseSound,
      { sampleRate, samples: sound.samples.subarray(guess) },
      { start: sentence.start + 0.2, end: sentence.end - 0.2, reach: 2400 },
    );
    assert.ok(
      heard.residualDb < -20,
      `${name}: the sentence is the base's (${heard.residualDb} dB)`,
    );
    const later = (guess + heard.offset) / sampleRate;
    const frames = framesOf(output.file);
    const at = sentence.start + 1;
    const shown = frames.findLast(({ time }) => time <= at + later + 1e-6);
    const best = baseFrames
      .map((frame) => ({ time: frame.time, off: shown ? difference(frame, shown, [0, 1]) : 9 }))
      .toSorted((a, b) => a.off - b.off)[0];
    const seen = (shown?.time ?? 0) - (best?.time ?? 0);
    t.diagnostic(
      `${lengths[index]} s: heard ${(1000 * later).toFixed(1)} ms later, seen ${(1000 * seen).toFixed(1)} ms`,
    );
    assert.ok(
      Math.abs(seen - later) <= frameSeconds,
      `${name}: seen ${seen} s, heard ${later} s later`,
    );
    if ((lengths[index] ?? 0) > 2) assert.ok(later > 0.5, "a long name makes the base longer");
    const end = frames.at(-1)?.time ?? 0;
    assert.ok(
      Math.abs(end + frameSeconds - durationOf(sound)) < 0.1,
      "picture and sound end together",
    );
  }
});

test("where there is no face the name is said all the same, with the reason", async () => {
  const { file } = makeMedia({
    file: inside("faceless.mp4"),
    container: "mp4",
    video: { codec: "h264" },
    audio: { codec: "aac", sampleRate: 44_100, channels: 1 },
    sound: [
      { kind: "silence", seconds: 0.4 },
      { kind: "speech", seconds: 0.8 },
      { kind: "silence", seconds: 0.6 },
      { kind: "speech", seconds: 1 },
    ],
  });
  const made = await lipSyncedCampaign({
    folder,
    base: file,
    sheet: "name\nAmit\nPriya\n",
    options: { lipSyncProvider: "mouth" },
  });
  assert.deepEqual(
    made.records.map(({ state }) => state),
    ["done", "done"],
  );
  for (const { warnings } of made.records) {
    assert.match(warnings.join(), /without lip-sync: .*no face is seen.*keep the face in sight/u);
  }
  assert.equal(made.warnings.length, 1);
});
