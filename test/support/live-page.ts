import type { Browser, Page } from "playwright-core";

/** What was seen and heard on the page; wall times are milliseconds since 1970. */
export type Watched = {
  /** Changes of loudness: when, and whether it is loud from then on. */
  sound: { at: number; loud: boolean }[];
  /** Pictures: when shown, the player's media time in seconds, and whether the answer was visible. */
  pictures: { at: number; media: number; visible: boolean }[];
  /** Where the answers began on the player's timeline, seconds. */
  begun: number[];
  marks: { name: string; at: number }[];
  captions: string[];
};

export type LivePage = {
  page: Page;
  ask(question: string): Promise<void>;
  watched(): Promise<Watched>;
  /** Waits until the entry of the log that is the `count`th answer is there. */
  answered(count: number): Promise<string>;
  close(): Promise<void>;
};

/** The chat page with its conversation begun; what it plays is watched and listened to. */
export async function openLivePage(browser: Browser, url: string): Promise<LivePage> {
  // The listener below is made of a blob, which the page itself may not do.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${url}/chat`);
  await page.evaluate(WATCH);
  await page.click("#start");
  await page.waitForSelector("#question:enabled");
  return {
    page,
    async ask(question) {
      await page.fill("#question", question);
      await page.press("#question", "Enter");
    },
    watched: () => page.evaluate(() => Object(globalThis).watched()),
    async answered(count) {
      const entry = page.locator("#log li.assistant").nth(count - 1);
      await entry.waitFor();
      return (await entry.textContent()) ?? "";
    },
    close: () => context.close(),
  };
}

/** Runs in the page. */
const WATCH = `(async () => {
  const video = document.getElementById("answer");
  const seen = { sound: [], pictures: [], begun: [], captions: [] };
  const wall = (time) => performance.timeOrigin + time;
  const context = new AudioContext({ latencyHint: "interactive" });
  const code = \`registerProcessor("ear", class extends AudioWorkletProcessor {
    process([[channel]]) {
      let power = 0;
      for (const sample of channel ?? []) power += sample * sample;
      const loud = power / 128 > 0.0004;
      if (loud !== this.loud) this.port.postMessage({ time: currentTime, loud });
      this.loud = loud;
      return true;
    }
  });\`;
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const ear = new AudioWorkletNode(context, "ear");
  ear.port.onmessage = ({ data }) => {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    seen.sound.push({ at: wall(performanceTime + 1000 * (data.time - contextTime)), loud: data.loud });
  };
  context.createMediaElementSource(video).connect(ear).connect(context.destination);
  const picture = (now, { mediaTime, expectedDisplayTime }) => {
    const visible = video.classList.contains("shown");
    seen.pictures.push({ at: wall(expectedDisplayTime), media: mediaTime, visible });
    video.requestVideoFrameCallback(picture);
  };
  video.requestVideoFrameCallback(picture);
  video.addEventListener("seeking", () => seen.begun.push(video.currentTime));
  new MutationObserver(() => {
    const { textContent } = document.getElementById("caption");
    if (textContent) seen.captions.push(textContent);
  }).observe(document.getElementById("caption"), { childList: true });
  globalThis.watched = () => ({
    ...seen,
    marks: performance.getEntriesByType("mark").map(({ name, startTime }) => ({ name, at: wall(startTime) })),
  });
  await context.resume();
})()`;
