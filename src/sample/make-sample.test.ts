import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { AV_PROFILE_AAC_LOW, AV_PROFILE_H264_HIGH } from "node-av/constants";
import { codecName, openInput } from "../media/libav/input.ts";
import { mixDown, timelineAudio } from "../media/libav/timeline-audio.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import { toDb } from "../signal/decibels.ts";
import { createSilenceDetector } from "../signal/silence.ts";
import { babble, rms } from "../signal/test-signals.ts";
import { makeSampleBase } from "./make-sample.ts";

const SAMPLE_RATE = 22_050;

/** Speaks 50 ms a letter, with the quiet at both ends that real voices have. */
const speech: SpeechModel = {
  provider: "fake",
  cacheKey: ({ text }) => text,
  async speak({ text }, { signal }) {
    signal.throwIfAborted();
    const seconds = 0.05 * text.length;
    const sound = babble({ seconds, sampleRate: SAMPLE_RATE });
    const samples = new Float32Array(sound.length + SAMPLE_RATE / 5);
    samples.set(sound, SAMPLE_RATE / 10);
    return { audio: { samples, sampleRate: SAMPLE_RATE }, voice: "fake", warnings: [] };
  },
  async close() {},
};
const SMALL = { speech, width: 160, height: 90, frameRate: 25 };

describe("the sample base", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "vocative-sample-"));
  after(() => rmSync(folder, { recursive: true }));
  const fileOf = (name: string) => path.join(folder, name);

  test("it is a web-ready MP4: H.264 High with B-frames, AAC-LC stereo, index in front", async () => {
    const file = fileOf("format.mp4");
    const { duration } = await makeSampleBase({ ...SMALL, file, seconds: 5 });
    assert.equal(duration, 5);
    using input = openInput(file);
    const { video, audio } = input;
    assert.ok(video && audio);
    assert.deepEqual([codecName(video), codecName(audio)], ["h264", "aac"]);
    assert.equal(video.codecpar.profile, AV_PROFILE_H264_HIGH);
    assert.equal(video.codecpar.videoDelay > 0, true);
    assert.equal(audio.codecpar.profile, AV_PROFILE_AAC_LOW);
    assert.deepEqual([audio.codecpar.sampleRate, audio.codecpar.channels], [48_000, 2]);
    assert.equal(Number(video.nbFrames), 125);
    const bytes = readFileSync(file);
    assert.ok(bytes.indexOf("moov") < bytes.indexOf("mdat"));
  });

  test("every line is heard where it is said to be, with a pause after the greeting", async () => {
    const file = fileOf("lines.mp4");
    const { lines, duration } = await makeSampleBase({ ...SMALL, file });
    assert.equal(lines[0]?.text, "Dear customer,");
    assert.ok((lines[1]?.start ?? 0) - (lines[0]?.end ?? 0) >= 0.69);
    using input = openInput(file);
    const parts = [...timelineAudio(input, undefined)];
    const detector = createSilenceDetector({
      sampleRate: 48_000,
      channels: 2,
      thresholdDb: -30,
      minSilenceSeconds: 0.3,
    });
    for (const part of parts) detector.push(part);
    const silences = detector.finish();
    assert.equal(silences.length, lines.length + 1);
    for (const [i, { start, end }] of lines.entries()) {
      const [before, after] = [silences[i], silences[i + 1]];
      assert.ok(Math.abs((before?.end ?? 0) - start) < 0.06, `${before?.end} for ${start}`);
      assert.ok(Math.abs((after?.start ?? 0) - end) < 0.06, `${after?.start} for ${end}`);
    }
    const mono = Float32Array.from(parts.flatMap((part) => [...mixDown(part)]));
    const tone = mono.subarray(
      Math.round((duration - 0.4) * 48_000),
      Math.round((duration - 0.1) * 48_000),
    );
    const level = toDb(rms(tone));
    assert.ok(level > -68 && level < -57, `the room is at ${level} dB`);
  });

  test("equal speech gives equal bytes", async () => {
    const [first, second] = [fileOf("one.mp4"), fileOf("two.mp4")];
    await makeSampleBase({ ...SMALL, file: first, seconds: 4 });
    await makeSampleBase({ ...SMALL, file: second, seconds: 4 });
    assert.ok(readFileSync(first).equals(readFileSync(second)));
  });

  test("a long sample goes on speaking to its end", async () => {
    const options = { ...SMALL, frameRate: 5, seconds: 40 };
    const { lines } = await makeSampleBase({ ...options, file: fileOf("long.mp4") });
    assert.ok((lines.at(-1)?.end ?? 0) > 35);
    assert.ok(lines.every(({ start }, i) => i === 0 || start > (lines[i - 1]?.end ?? 0)));
  });

  test("too short a sample, a missing folder and an abort are told as such", async () => {
    const file = fileOf("none.mp4");
    await assert.rejects(makeSampleBase({ ...SMALL, file, seconds: 2 }), {
      code: "INVALID_OPTION",
      message: /2 s/,
    });
    await assert.rejects(
      makeSampleBase({ ...SMALL, file: path.join(folder, "missing", "x.mp4"), seconds: 4 }),
      { code: "OUTPUT_UNWRITABLE", message: /missing/ },
    );
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(makeSampleBase({ ...SMALL, file, signal }), /enough/);
  });
});
