import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { makeMedia } from "./make-media.ts";
import {
  audioPackets,
  decodedFrameCount,
  decodeFrame,
  streamDurations,
  videoPackets,
} from "./read-media.ts";

describe("readers of media", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "vocative-read-"));
  const file = path.join(folder, "made.mp4");
  before(() => {
    makeMedia({
      file,
      container: "mp4",
      video: { codec: "h264", bFrames: 2 },
      audio: { codec: "aac", sampleRate: 48_000, channels: 2 },
      sound: [{ kind: "speech", seconds: 2 }],
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  test("the frame at a moment is the last one that began before it", () => {
    assert.equal(decodeFrame(file, 0).number, 0);
    assert.equal(decodeFrame(file, 0.999).number, 24);
    assert.equal(decodeFrame(file, 1).number, 25);
    assert.equal(decodeFrame(file, 99).number, 49);
  });

  test("sound packets follow one another from the priming on", () => {
    const packets = audioPackets(file);
    assert.ok(Math.abs((packets[0]?.pts ?? 0) + 1024 / 48_000) < 1e-9);
    for (const [i, { pts, duration }] of packets.entries()) {
      const next = packets[i + 1];
      if (next) assert.ok(Math.abs(next.pts - pts - duration) < 1e-9);
    }
    assert.deepEqual(streamDurations(file), { container: 2, video: 2, audio: 2 });
  });

  test("a damaged picture is an error, not a frame", () => {
    assert.equal(decodedFrameCount(file), 50);
    const bytes = readFileSync(file);
    const [, second] = videoPackets(file);
    assert.ok(second);
    const at = bytes.indexOf(second.data);
    bytes.fill(0xff, at + 5, at + second.data.length);
    const damaged = path.join(folder, "damaged.mp4");
    writeFileSync(damaged, bytes);
    assert.throws(() => decodedFrameCount(damaged), /decoding|damaged/);
  });
});
