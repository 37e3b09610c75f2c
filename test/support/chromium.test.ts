import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { openChromium, playInChromium } from "./chromium.ts";
import { frameNumber, type Luma } from "./frame-code.ts";
import { makeMedia } from "./make-media.ts";

describe("playing in Chromium", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "vocative-play-"));
  let browser: Browser | null = null;
  before(async () => {
    browser = await openChromium();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  test("a whole file is played, turned upright, and a jump shows the right picture", async (context) => {
    if (!browser) return context.skip("there is no Chromium here");
    const file = path.join(folder, "turned.mp4");
    makeMedia({
      file,
      container: "mp4",
      video: { codec: "h264", bFrames: 2, rotation: 90 },
      audio: { codec: "aac-sine", sampleRate: 44_100, channels: 1 },
      sound: [{ kind: "speech", seconds: 3 }],
    });
    const played = await playInChromium(file, browser);
    assert.equal(played.error, null);
    assert.ok(Math.abs(played.duration - 3) < 0.03);
    assert.equal(played.playedTo, played.duration);
    assert.ok(Math.abs(played.seekedTo - 0.6 * played.duration) < 0.001);
    assert.deepEqual([played.videoWidth, played.videoHeight], [120, 160]);
    assert.ok(played.framesDecoded > 50);
    assert.ok(played.seekedPicture);
    assert.equal(frameNumber(turnedBack(played.seekedPicture)), Math.floor(played.seekedTo * 25));
  });

  test("what is not a video is an error of the player", async (context) => {
    if (!browser) return context.skip("there is no Chromium here");
    const file = path.join(folder, "text.mp4");
    writeFileSync(file, "not a video ".repeat(1000));
    const { error } = await playInChromium(file, browser);
    assert.match(error ?? "none", /\w/);
    assert.notEqual(error, null);
  });
});

/** A picture that was turned clockwise by 90°, as it was before. */
function turnedBack({ width, height, luma }: Luma): Luma {
  const back = new Uint8Array(luma.length);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < height; x++) {
      back[y * height + x] = luma[x * width + (width - 1 - y)] ?? 0;
    }
  }
  return { width: height, height: width, luma: back };
}
