import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { openChromium } from "../support/chromium.ts";
import { openLivePage } from "../support/live-page.ts";
import { createToneVoice, type LiveServer, startLiveServer } from "../support/live-server.ts";

const browser = await openChromium();

describe("the chat page", { skip: browser === null && "there is no Chromium" }, () => {
  let server: LiveServer;

  before(async () => {
    server = await startLiveServer({
      voice: createToneVoice(),
      answers: (question) =>
        question === "long"
          ? ["First this. ", "Then that. ", "And more of it. ", "And still more."]
          : ["We open at nine. ", "We close at five."],
    });
  });
  after(async () => {
    await server.close();
    await browser?.close();
  });

  test("a question is answered with pictures, sound, captions and where it comes from", async () => {
    const live = await openLivePage(browser as Browser, server.url); // skipped without
    await live.ask("When do you open?");
    const entry = await live.answered(1);
    const { sound, pictures, captions } = await live.watched();
    assert.match(entry, /^We open at nine\. We close at five\.Rules: Opening$/u);
    assert.ok(pictures.filter(({ visible }) => visible).length > 30, `${pictures.length} pictures`);
    assert.ok(sound.some(({ loud }) => loud));
    assert.equal(captions.join(" "), "We open at nine. We close at five.");
    await live.ask("And now?");
    assert.equal(await live.answered(2), entry);
    assert.equal((await live.watched()).begun.length, 2);
    assert.equal(await live.page.textContent("#state"), "Connected");
    await live.close();
  });

  test("Escape silences the answer, and what was heard of it stays", async () => {
    const live = await openLivePage(browser as Browser, server.url); // skipped without
    await live.ask("long");
    await live.page.waitForFunction(
      "globalThis.watched().captions.length >= 2 && globalThis.watched().sound.some((one) => one.loud)",
    );
    await live.page.keyboard.press("Escape");
    const pressed = Date.now();
    const entry = await live.answered(1);
    assert.match(entry, /^First this\.interrupted$/u);
    const { sound } = await live.watched();
    const last = sound.at(-1);
    assert.equal(last?.loud, false);
    assert.ok(last.at - pressed < 300, `${last.at - pressed} ms`);
    await live.ask("When do you open?");
    assert.match(await live.answered(2), /We close at five/u);
    await live.close();
  });

  test("the page loads nothing from elsewhere and runs under its own strict policy", async () => {
    const context = await (browser as Browser).newContext({
      viewport: { width: 360, height: 640 },
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${server.url}/chat`);
    await page.click("#start");
    await page.waitForSelector("#question:enabled");
    await page.fill("#question", "<img src=x onerror=alert(1)>");
    await page.press("#question", "Enter");
    await page.waitForSelector("#log li.assistant");
    assert.equal(await page.locator("#log img").count(), 0);
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assert.equal(width, 360);
    const foreign = asked.filter(
      (one) => !/^(?:blob:|data:)/u.test(one) && !one.startsWith(server.url),
    );
    assert.deepEqual(foreign, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
