import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { createLiveFaces } from "../../src/face/live/live-faces.ts";
import { openChromium } from "../support/chromium.ts";
import { serveFile } from "../support/serve-file.ts";

const signal = new AbortController().signal;
const faces = { find: async () => [], close: async () => {} };
const live = createLiveFaces({ faces, pool: 1 });
let folder = "";
let browser: Browser | null = null;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "vocative-live-"));
  browser = await openChromium();
});
after(async () => {
  await browser?.close();
  await live.close();
  rmSync(folder, { recursive: true });
});

/** Appends init and fragments one by one at an offset, plays them four times as fast, and tells what came of it. */
const pageOf = (mimeType: string, sizes: number[]) => `<!doctype html><video muted></video><script>
const video = document.querySelector("video");
const happens = (target, event) => new Promise((resolve, reject) => {
  target.addEventListener(event, resolve, { once: true });
  target.addEventListener("error", () => reject(video.error ?? new Error(event)), { once: true });
});
const run = async () => {
  const bytes = await (await fetch("/media")).arrayBuffer();
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await happens(source, "sourceopen");
  const buffer = source.addSourceBuffer(${JSON.stringify(mimeType)});
  buffer.timestampOffset = 10;
  let at = 0;
  for (const size of ${JSON.stringify(sizes)}) {
    const added = happens(buffer, "updateend");
    buffer.appendBuffer(bytes.slice(at, at + size));
    at += size;
    await added;
  }
  const ranges = Array.from({ length: buffer.buffered.length }, (_, i) =>
    [buffer.buffered.start(i), buffer.buffered.end(i)]);
  source.endOfStream();
  video.currentTime = 10;
  video.playbackRate = 4;
  const ended = happens(video, "ended");
  await video.play();
  await ended;
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  return { ranges, playedTo: video.currentTime, totalVideoFrames, droppedVideoFrames, error: null };
};
run().catch((error) => ({ error: String(error?.message ?? error) })).then((told) => { globalThis.told = told; });
</script>`;

test("an answer's fragments play in Chromium without a gap, picture and sound", async (context) => {
  if (!browser) {
    const reason = "there is no Chromium: install it, or set VOCATIVE_CHROMIUM to its path";
    if (process.env["CI"]) assert.fail(reason);
    return context.skip(reason);
  }
  const portrait = await live.open({ image: null, fps: 25, size: 256 }, { signal });
  const pieces: Uint8Array[] = [portrait.init];
  const answer = portrait.begin({ onFragment: ({ bytes }) => pieces.push(bytes) });
  const samples = Float32Array.from({ length: 22_050 }, (_, i) => 0.3 * Math.sin(i / 15));
  await answer.say({ audio: { samples, sampleRate: 22_050 } });
  await answer.wait(0.2);
  await answer.say({ audio: { samples, sampleRate: 22_050 } });
  const length = await answer.end();
  const file = path.join(folder, "answer.bin");
  writeFileSync(file, Buffer.concat(pieces));
  const sizes = pieces.map((piece) => piece.length);
  const server = await serveFile(file, pageOf(portrait.mimeType, sizes));
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    const handle = await page.waitForFunction("globalThis.told", undefined, { timeout: 30_000 });
    const told = (await handle.jsonValue()) as {
      ranges: [number, number][];
      playedTo: number;
      totalVideoFrames: number;
      error: string | null;
    }; // what the page above leaves
    assert.equal(told.error, null);
    assert.equal(told.ranges.length, 1, `${JSON.stringify(told.ranges)}`);
    const [[from, to] = [0, 0]] = told.ranges;
    assert.ok(Math.abs(from - 10) < 0.001 && Math.abs(to - 10 - length) < 0.05, `${from}..${to}`);
    assert.ok(Math.abs(told.playedTo - to) < 0.05);
    assert.ok(told.totalVideoFrames > 0);
    await page.close();
  } finally {
    await server.close();
  }
});
