import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import type { Browser } from "playwright-core";
import type { CampaignOptions } from "../../src/campaign/campaign-options.ts";
import { openChromium, playInChromium } from "../support/chromium.ts";
import { frameNumber } from "../support/frame-code.ts";
import { GREETING } from "../support/greeting.ts";
import { type MediaRecipe, makeMedia } from "../support/make-media.ts";
import { createStudio, type Studio } from "../support/personalise.ts";

type Case = {
  title: string;
  recipe: Partial<MediaRecipe>;
  options?: Partial<CampaignOptions>;
};

const AAC = { codec: "aac", sampleRate: 48_000, channels: 2 } as const;
const REORDERED = { codec: "h264", bFrames: 3, gop: 12 } as const;
const AT_END = { namePosition: "end" } as const;

const CASES: Case[] = [
  { title: "with the base's own packets", recipe: {} },
  { title: "lengthened at its end", recipe: {}, options: AT_END },
  {
    title: "lengthened, whose sound begins late",
    recipe: { startDelay: { track: "audio", seconds: 0.3 } },
    options: AT_END,
  },
  {
    title: "lengthened, in fragments",
    recipe: { fragmented: true },
    options: AT_END,
  },
  {
    title: "with a variable frame rate",
    recipe: { video: { ...REORDERED, frameRate: 30, variableFrameRate: true } },
  },
  {
    title: "with sound encoded once",
    recipe: { audio: { codec: "aac-sine", sampleRate: 44_100, channels: 1 } },
  },
  { title: "from HEVC", recipe: { video: { codec: "hevc", bFrames: 2 } } },
  {
    title: "from WebM",
    recipe: {
      container: "webm",
      video: { codec: "vp9" },
      audio: { codec: "opus", sampleRate: 48_000, channels: 2 },
    },
  },
  { title: "from MKV", recipe: { container: "mkv" } },
  { title: "from TS", recipe: { container: "ts" } },
  {
    title: "from AVI with B-frames",
    recipe: {
      container: "avi",
      video: { codec: "mpeg4", bFrames: 2 },
      audio: { codec: "mp3", sampleRate: 48_000, channels: 2 },
    },
  },
];

describe("outputs in Chromium", () => {
  let studio: Studio;
  let browser: Browser | null = null;
  before(async () => {
    studio = createStudio();
    browser = await openChromium();
  });
  after(async () => {
    await Promise.all([studio.close(), browser?.close()]);
  });

  /** Where every change is checked there has to be a browser; elsewhere its absence is no failure. */
  function requireBrowser(context: TestContext): Browser | null {
    if (browser) return browser;
    const reason = "there is no Chromium: install it, or set VOCATIVE_CHROMIUM to its path";
    if (process.env["CI"]) assert.fail(reason);
    context.skip(reason);
    return null;
  }

  for (const [index, { title, recipe, options }] of CASES.entries()) {
    test(`gold ${title} plays to its end and shows the right picture after a jump`, async (context) => {
      const chromium = requireBrowser(context);
      if (!chromium) return;
      const base = makeMedia({
        container: "mp4",
        video: REORDERED,
        audio: AAC,
        sound: GREETING,
        ...recipe,
        file: path.join(studio.folder, `${index}.${recipe.container ?? "mp4"}`),
      });
      const { outputs, records } = await studio.personalise({
        base: base.file,
        names: { Amit: { seconds: 0.7, seed: 3 } },
        options: { insertMode: "gold", ...options },
      });
      const [output] = outputs;
      assert.ok(output?.record.slot, JSON.stringify(records));
      const played = await playInChromium(output.file, chromium);
      assert.equal(played.error, null);
      const [frame = 0] = base.frameTimes.slice(1);
      const wanted = options?.namePosition ? output.record.slot.end + 0.08 : 3;
      assert.ok(
        Math.abs(played.duration - wanted) < Math.max(0.08, 2 * frame),
        `${played.duration} s`,
      );
      assert.equal(played.playedTo, played.duration);
      assert.deepEqual([played.videoWidth, played.videoHeight], [160, 120]);
      assert.ok(played.framesDecoded >= 0.9 * base.frameTimes.length, `${played.framesDecoded}`);
      assert.ok(played.seekedPicture);
      // A jump to the very border of two pictures may show either.
      const shown = [-0.001, 0.001].map((off) =>
        base.frameTimes.findLastIndex((time) => time <= played.seekedTo + off),
      );
      assert.ok(shown.includes(frameNumber(played.seekedPicture)), `not picture ${shown}`);
    });
  }

  test("silver plays to its end", async (context) => {
    const chromium = requireBrowser(context);
    if (!chromium) return;
    const base = makeMedia({
      container: "wav",
      video: null,
      audio: { codec: "pcm", sampleRate: 44_100, channels: 1 },
      sound: GREETING,
      file: path.join(studio.folder, "silver.wav"),
    });
    const { outputs, template } = await studio.personalise({
      base: base.file,
      names: { Amit: { seconds: 0.7, seed: 3 } },
    });
    const [output] = outputs;
    assert.ok(output);
    const { cut, fill } = output.edit;
    const longer = fill.length - (cut.end - cut.start);
    const played = await playInChromium(output.file, chromium);
    assert.equal(played.error, null);
    const wanted = template.duration + longer / template.sampleRate;
    // Chromium counts the frames, silent ends included.
    assert.ok(Math.abs(played.duration - wanted) < 0.06, `${played.duration} s, not ${wanted}`);
    assert.equal(played.playedTo, played.duration);
  });
});
