import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import type { Browser } from "playwright-core";
import type { SlotEdit } from "../../src/ports/media-engine.ts";
import { openChromium, playInChromium } from "../support/chromium.ts";
import { frameNumber } from "../support/frame-code.ts";
import { makeMedia, type PictureTrack } from "../support/make-media.ts";
import { decodedFrames, streamDurations } from "../support/read-media.ts";
import {
  compileBase,
  nameIn,
  numberedPictures,
  renderTo,
  slotAt,
} from "../support/render-template.ts";

const AAC = { codec: "aac", sampleRate: 48_000, channels: 2 } as const;
const PACKET = 1024;
const SLOTS = [slotAt(0.9, 1.4), slotAt(2.6, 3.1)];

const BASES: { title: string; video: PictureTrack; packets: number }[] = [
  { title: "B-frames", video: { codec: "h264", bFrames: 3, gop: 12 }, packets: 17 },
  {
    title: "B-frames, as long as it was",
    video: { codec: "h264", bFrames: 3, gop: 12 },
    packets: 0,
  },
  { title: "one key frame", video: { codec: "h264", bFrames: 2 }, packets: 17 },
  {
    title: "open groups",
    video: { codec: "h264", bFrames: 2, gop: 25, openGop: true },
    packets: 9,
  },
  {
    title: "a variable frame rate",
    video: { codec: "h264", bFrames: 2, gop: 25, frameRate: 30, variableFrameRate: true },
    packets: 17,
  },
  { title: "HEVC", video: { codec: "hevc", bFrames: 2 }, packets: 17 },
];

describe("new pictures in Chromium", () => {
  let folder = "";
  let browser: Browser | null = null;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "vocative-stretches-"));
    browser = await openChromium();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** Where every change is checked there has to be a browser; elsewhere its absence is no failure. */
  function requireBrowser(context: TestContext): Browser | null {
    if (browser) return browser;
    const reason = "there is no Chromium: install it, or set VOCATIVE_CHROMIUM to its path";
    if (process.env["CI"]) assert.fail(reason);
    context.skip(reason);
    return null;
  }

  for (const [index, { title, video, packets }] of BASES.entries()) {
    test(`from ${title} play to the end, and a jump shows the right one`, async (context) => {
      const chromium = requireBrowser(context);
      if (!chromium) return;
      const base = makeMedia({
        file: path.join(folder, `${index}.mp4`),
        container: "mp4",
        video,
        audio: AAC,
        sound: [{ kind: "speech", seconds: 4.4 }],
      });
      const { template } = await compileBase({ base: base.file, folder, slots: SLOTS });
      const edits = SLOTS.map((slot, i): SlotEdit => {
        const stretch = template.stretches[i];
        assert.ok(stretch);
        const longer = (packets * PACKET) / template.sampleRate;
        const rate = stretch.frames / (stretch.end - stretch.start);
        const count = packets > 0 ? stretch.frames + Math.round(longer * rate) : stretch.cuts[0];
        const pictures = numberedPictures(template, stretch, count ?? 0);
        return { ...nameIn(template, slot, packets * PACKET), pictures };
      });
      const file = path.join(folder, `${index}-out.mp4`);
      await renderTo(file, template, edits);
      const frames = [...decodedFrames(file)];
      const { container } = streamDurations(file);

      const played = await playInChromium(file, chromium);
      assert.equal(played.error, null);
      assert.ok(Math.abs(played.duration - container) < 0.05, `${played.duration} s`);
      assert.equal(played.playedTo, played.duration);
      assert.ok(played.framesDecoded >= 0.9 * frames.length, `${played.framesDecoded}`);
      assert.ok(played.seekedPicture);
      // A jump to the very border of two pictures may show either.
      const shown = [-0.001, 0.001].map(
        (off) => frames.findLast(({ time }) => time <= played.seekedTo + off)?.number,
      );
      const found = frameNumber(played.seekedPicture);
      assert.ok(shown.includes(found), `picture ${found}, not ${shown}`);
    });
  }
});
