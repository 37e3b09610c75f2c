import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import type { Luma } from "./frame-code.ts";
import { serveFile } from "./serve-file.ts";

const USUAL_PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];
const DEADLINE_MS = 30_000;
const PLAYBACK_RATE = 4;

/** A headless Chromium with an empty profile, from VOCATIVE_CHROMIUM or its usual place; null without one. */
export async function openChromium(): Promise<Browser | null> {
  const given = process.env["VOCATIVE_CHROMIUM"];
  const executablePath = given || USUAL_PATHS.find((one) => existsSync(one));
  if (!executablePath) return null;
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}

export type Played = {
  /** Seconds; NaN when the browser could not tell. */
  duration: number;
  /** As shown, after rotation. */
  videoWidth: number;
  videoHeight: number;
  /** Where playing from the beginning came to, seconds: the duration when all was played. */
  playedTo: number;
  /** Where a jump to 60 % of the duration came to, seconds. */
  seekedTo: number;
  /** The picture there; null for sound alone and for pictures larger than 640 × 480. */
  seekedPicture: Luma | null;
  /** While playing from the beginning to the end. */
  framesDecoded: number;
  /** The player's own words; null when nothing failed. */
  error: string | null;
};

/**
 * Plays a file muted, at four times its speed, to its end, then jumps back to 60 % of it. Never
 * throws for what is wrong with the file: that is `error`.
 */
export async function playInChromium(file: string, browser: Browser): Promise<Played> {
  const server = await serveFile(file, PAGE);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    await page.goto(server.url);
    const finished = await page.waitForFunction("globalThis.played");
    const played = (await finished.jsonValue()) as Omit<Played, "seekedPicture"> & {
      luma: number[] | null;
    }; // what the page below leaves
    const { luma, ...rest } = played;
    const { videoWidth: width, videoHeight: height } = rest;
    return { ...rest, seekedPicture: luma && { width, height, luma: Uint8Array.from(luma) } };
  } finally {
    await context.close();
    await server.close();
  }
}

/** Runs in the browser; each step waits for the player's event, or for its error. */
const PAGE = `<!doctype html>
<video muted playsinline preload="auto"></video>
<script>
const video = document.querySelector("video");
const happens = (event) => new Promise((resolve, reject) => {
  video.addEventListener(event, resolve, { once: true });
  video.addEventListener("error", () => reject(video.error), { once: true });
});
const lumaShown = () => {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || width * height > 640 * 480) return null;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return Array.from({ length: width * height }, (_, i) =>
    Math.round(0.2126 * data[4 * i] + 0.7152 * data[4 * i + 1] + 0.0722 * data[4 * i + 2]));
};
const result = { playedTo: 0, framesDecoded: 0, seekedTo: 0, luma: null, error: null };
const run = async () => {
  const ready = happens("canplay");
  video.src = "/media";
  await ready;
  video.playbackRate = ${PLAYBACK_RATE};
  const ended = happens("ended");
  await video.play();
  await ended;
  result.playedTo = video.currentTime;
  result.framesDecoded = video.getVideoPlaybackQuality().totalVideoFrames;
  const seeked = happens("seeked");
  video.currentTime = 0.6 * video.duration;
  await seeked;
  result.seekedTo = video.currentTime;
  result.luma = lumaShown();
};
run().catch((error) => {
  result.error = (error && error.message) || "error " + (error && error.code);
  result.playedTo ||= video.currentTime;
}).then(() => {
  globalThis.played = {
    ...result,
    duration: video.duration,
    videoWidth: video.videoWidth,
    videoHeight: video.videoHeight,
  };
});
</script>`;
