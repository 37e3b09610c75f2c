import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { TRANSCRIPT_GATE, WORDS_GATE } from "../src/campaign/search-slots.ts";
import type { Interval } from "../src/domain/audio.ts";
import { createEspeak } from "../src/speech/espeak/espeak.ts";
import { makeMedia } from "./support/make-media.ts";
import { createOtherVoices, type OtherVoice, type OtherVoices } from "./support/other-voices.ts";
import { type Ended, vocativeInside } from "./support/run-vocative.ts";
import { transcriptTrials, wordTrials } from "./support/slot-trials.ts";

let folder = "";
let voices: OtherVoices;
const reference = createEspeak();
const signal = new AbortController().signal;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "slot-finding-"));
  voices = await createOtherVoices();
});
after(async () => {
  voices.close();
  await reference.close();
  rmSync(folder, { recursive: true });
});

/** A video in which another engine's voice says a text, and where it says what is in braces. */
function baseSaying(text: string, voice: OtherVoice): { base: string; slots: Interval[] } {
  const { audio, slots } = voices.speak(text, voice);
  const file = path.join(folder, `${voice}-${slots[0]?.start}.mp4`);
  const { samples, sampleRate } = audio;
  const { file: base } = makeMedia({
    file,
    container: "mp4",
    video: { codec: "h264", width: 96, height: 64 },
    audio: { codec: "aac", sampleRate, channels: 1 },
    sound: [],
    recording: samples,
  });
  return { base, slots };
}

const run = (args: string[]): Promise<Ended> =>
  vocativeInside(args, { env: { VIDX_DATA_DIR: path.join(folder, "data") } });

function assertNear(found: Interval | undefined, truth: Interval | undefined): void {
  assert.ok(found && truth);
  assert.ok(Math.abs(found.start - truth.start) < 0.06, `${found.start} for ${truth.start}`);
  assert.ok(Math.abs(found.end - truth.end) < 0.12, `${found.end} for ${truth.end}`);
}

test("a transcript finds the name that another engine's voice says, clean and in noise", async () => {
  const setup = { voices, reference, signal };
  const sentences = ["Good evening {Robert}, your table is ready for you."];
  for (const [ratio, voice] of [
    [null, "slt"],
    [10, "awb"],
  ] as const) {
    const options = { ratio, sentences, voices: [voice] };
    for (const { about, right, confidence, startError } of await transcriptTrials(setup, options)) {
      assert.ok(right && confidence >= TRANSCRIPT_GATE, `${about} at ${ratio}: ${confidence}`);
      assert.ok(Math.abs(startError ?? 1) < 0.06, `${about} at ${ratio}: ${startError} s off`);
    }
  }
});

test("words that a base does not say are not found above the gate", async () => {
  const setup = { voices, reference, signal };
  const sentences = ["Well done {Patricia}, you have passed the final examination."];
  const trials = await wordTrials(setup, { ratio: 20, sentences, voices: ["rms"] });
  assert.ok(trials.some(({ said }) => said) && trials.some(({ said }) => !said));
  assert.deepEqual(
    trials.filter(({ right, confidence }) => !right && confidence >= WORDS_GATE),
    [],
  );
});

test("a dry run shows where the transcript's name is heard, how that was found and how sure it is", async () => {
  const text = "Hello {Amanda}, thank you for visiting our new shop.";
  const { base, slots } = baseSaying(text, "slt");
  const sheet = path.join(folder, "people.csv");
  writeFileSync(sheet, "name\nAmit\n");
  const transcript = path.join(folder, "transcript.txt");
  writeFileSync(transcript, `\ufeff${text}\n`);
  const args = ["campaign", "--video", base, "--recipients", sheet, "--lang", "en", "--dry-run"];
  const { code, stdout, stderr } = await run([...args, "--transcript", `@${transcript}`]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Would create: .*Amit\.mp3/u);
  const line = /^Slot: ([\d.]+)-([\d.]+) s \(by the transcript, (\d+) % sure\)/mu.exec(stderr);
  assert.ok(line, stderr);
  assertNear({ start: Number(line[1]), end: Number(line[2]) }, slots[0]);
  assert.ok(Number(line[3]) >= 100 * TRANSCRIPT_GATE);
});

test("several markers are found in order, and one that is not said is named", async () => {
  const text = "Happy birthday {name one}, from all of us and from {name two}.";
  const { base, slots } = baseSaying(text, "rms");
  const common = ["slots", "--video", base, "--lang", "en", "--markers", "NAME1,NAME2"];
  const said = "Happy birthday NAME1, from all of us and from NAME2.";
  const { code, stdout, stderr } = await run([...common, "--transcript", said, "--json"]);
  assert.equal(code, 0, stderr);
  const found: (Interval & { marker: string; foundBy: string })[] = JSON.parse(stdout);
  assert.deepEqual(
    found.map(({ marker, foundBy }) => `${marker} ${foundBy}`),
    ["NAME1 transcript", "NAME2 transcript"],
  );
  for (const [i, slot] of found.entries()) assertNear(slot, slots[i]);
  const other = await run([...common, "--transcript", "Happy birthday NAME1, from all of us"]);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /^Error: .*"NAME2"/mu);
});

test("a transcript of something else is asked about instead of being cut by", async () => {
  const { base } = baseSaying("Next summer, {Kumar}, we are going to travel.", "kal16");
  const transcript = "The meeting of the {board} was moved to the second floor of the old library.";
  const { code, stderr } = await run(["slots", "--video", base, "--transcript", transcript]);
  assert.equal(code, 1);
  assert.match(stderr, /^Error: "board" was not found .* % sure.*--slot/mu);
});
