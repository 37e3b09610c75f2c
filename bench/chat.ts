import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { readBinaryFrame } from "../src/chat/live/binary-frame.ts";
import { createFaq } from "../src/language/faq/faq.ts";
import { createEspeak } from "../src/speech/espeak/espeak.ts";
import { openChromium } from "../test/support/chromium.ts";
import { type LivePage, openLivePage, type Watched } from "../test/support/live-page.ts";
import {
  createToneVoice,
  type LiveServer,
  loaded,
  SILENCE_SECONDS,
  startLiveServer,
} from "../test/support/live-server.ts";
import { median } from "./median.ts";
import { table } from "./table.ts";

/**
 * How a live conversation feels and what it costs: measured in headless Chromium on this machine, with
 * the default portrait, 512 × 512 at 25 frames a second, and everything offline.
 */
const QUESTIONS = 6;
const IDLE_SOCKETS = 1000;
const DOCUMENT = "# Opening hours\n\nWe open at nine in the morning and close at five.\n";

const browser = await openChromium();
if (!browser) throw new Error("there is no Chromium: set VOCATIVE_CHROMIUM");
const folder = await mkdtemp(path.join(tmpdir(), "vocative-bench-"));
await writeFile(path.join(folder, "hours.md"), DOCUMENT);
const rows: string[][] = [];
let missed = 0;

/** A row of the table; `most` is the bar for the median. */
function tell(what: string, values: readonly number[], unit: string, most: number | null): void {
  const sorted = values.toSorted((a, b) => a - b);
  const p95 =
    sorted[Math.min(sorted.length - 1, Math.ceil(0.95 * sorted.length) - 1)] ?? Number.NaN;
  const middle = median(values);
  const holds = most === null || Math.abs(middle) <= most;
  if (!holds) missed += 1;
  const bar = most === null ? "" : `${holds ? "ok" : "MISSED"} (${most})`;
  rows.push([
    what,
    `${middle.toFixed(1)} ${unit}`,
    `${p95.toFixed(1)} ${unit}`,
    String(values.length),
    bar,
  ]);
}

const markAfter = ({ marks }: Watched, name: string, after: number) =>
  marks.find((mark) => mark.name === name && mark.at >= after)?.at ?? Number.NaN;

async function withPage(
  setup: Parameters<typeof startLiveServer>[0],
  work: (live: LivePage, server: LiveServer) => Promise<void>,
): Promise<void> {
  const server = await startLiveServer(setup);
  const live = await openLivePage(browser as NonNullable<typeof browser>, server.url); // checked above
  await work(live, server);
  await live.close();
  await server.close();
}

/** The FAQ and the embedded voice. */
async function measureDelay(): Promise<void> {
  const language = loaded(createFaq({ folder }));
  await withPage({ voice: createEspeak(), answers: () => [], language }, async (live, server) => {
    const whole: number[] = [];
    const afterSpeech: number[] = [];
    for (let asked = 0; asked <= QUESTIONS; asked++) {
      // Another wording each time: nothing may come from the cache.
      await live.ask(`When do you open in the morning, please? ${"?".repeat(asked)}`);
      await live.answered(asked + 1);
      const seen = await live.watched();
      const at = seen.marks.findLast(({ name }) => name === "vocative:asked")?.at ?? 0;
      const shown = markAfter(seen, "vocative:shown", at);
      const spoken = server.times.spoken.find((time) => time >= at) ?? Number.NaN;
      // The first one loads what is used.
      if (asked === 0) continue;
      whole.push(shown - at);
      afterSpeech.push(shown - spoken);
    }
    tell("question → first picture", whole, "ms", 400);
    tell("speech ready → first picture", afterSpeech, "ms", 50);
  });
}

/** Tones instead of words: their edges are known. */
async function measureSeams(): Promise<void> {
  const answers = (question: string) =>
    question.startsWith("beep")
      ? ["Beep now."]
      : ["One two three. ", "Four five six. ", "Seven eight."];
  await withPage({ voice: createToneVoice(), answers }, async (live) => {
    const [silences, pictureGaps, offsets, interruptions]: number[][] = [[], [], [], []];
    await live.ask("beep first");
    await live.answered(1);
    for (let round = 0; round < QUESTIONS; round++) {
      const begun = Date.now();
      await live.ask(`seams ${round}`);
      await live.answered(2 + 2 * round);
      const seams = await live.watched();
      const sound = seams.sound.filter(({ at }) => at >= begun);
      const off = sound.slice(1, -1).filter(({ loud }) => !loud);
      silences?.push(
        off.reduce((sum, { at }) => sum + (sound.find((one) => one.at > at)?.at ?? at) - at, 0),
      );
      const pictures = seams.pictures.filter(({ at, visible }) => at >= begun && visible);
      pictureGaps?.push(
        Math.max(...pictures.slice(1).map(({ at }, index) => at - (pictures[index]?.at ?? at))),
      );

      const beepAt = Date.now();
      await live.ask(`beep ${round}`);
      await live.answered(3 + 2 * round);
      const beep = await live.watched();
      const heard = beep.sound.find(({ at, loud }) => at >= beepAt && loud)?.at ?? Number.NaN;
      const shown = beep.pictures.findLast(({ at, visible }) => at <= heard && visible);
      const media = (shown?.media ?? Number.NaN) + (heard - (shown?.at ?? Number.NaN)) / 1000;
      offsets?.push(1000 * (media - (beep.begun.at(-1) ?? 0) - SILENCE_SECONDS));

      // So early that nothing of it is remembered.
      await live.ask(`interrupted ${round}`);
      await live.page.waitForFunction("globalThis.watched().sound.at(-1)?.loud");
      const pressed = Number(
        await live.page.evaluate(`(() => {
          const now = performance.timeOrigin + performance.now();
          document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
          return now;
        })()`),
      );
      await live.page.waitForFunction("!globalThis.watched().sound.at(-1)?.loud");
      const quiet = (await live.watched()).sound.find(({ at, loud }) => at >= pressed && !loud);
      interruptions?.push((quiet?.at ?? Number.NaN) - pressed);
    }
    tell("silence between clauses", silences ?? [], "ms", 0);
    tell("longest gap between pictures", pictureGaps ?? [], "ms", 84);
    tell("picture ahead of sound", offsets ?? [], "ms", 40);
    tell("Escape → silence", interruptions ?? [], "ms", 50);
  });
}

/** User and system time of a process, ms. Only Linux tells. */
async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /u, "").split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Without a browser: a client that only says where its player would be. */
async function measureCost(): Promise<void> {
  const words = "We are open from nine in the morning, and we close at five. ".repeat(6);
  const server = await startLiveServer({
    voice: createEspeak(),
    answers: () => words.split(/(?<=\. )/u),
  });
  const all = async () => {
    const each = await Promise.all([process.pid, ...server.pids()].map(cpuMs));
    return each.reduce((sum, ms) => sum + ms, 0);
  };
  await talk(server.url);
  const before = await all();
  const seconds = await talk(server.url);
  const share = ((await all()) - before) / 1000 / seconds;
  tell("CPU of a talking session", [100 * share], "%", null);
  tell("talking sessions a core", [1 / share], "", null);

  const sockets = Array.from({ length: IDLE_SOCKETS }, () => new WebSocket(liveUrl(server.url)));
  await Promise.all(sockets.map((socket) => happens(socket, "open")));
  await setTimeout(1000);
  const idle = process.cpuUsage();
  await setTimeout(5000);
  const { user, system } = process.cpuUsage(idle);
  tell(`CPU of ${IDLE_SOCKETS} idle connections`, [(user + system) / 50_000], "%", null);
  for (const socket of sockets) socket.close();
  await server.close();
}

const liveUrl = (url: string) => `${url.replace("http", "ws")}/api/live`;

function happens(target: EventTarget, event: string): Promise<Event> {
  return new Promise((resolve) => {
    target.addEventListener(event, resolve, { once: true });
  });
}

/** One answer, played to its end. @returns its length, seconds. */
async function talk(url: string): Promise<number> {
  const socket = new WebSocket(liveUrl(url));
  socket.binaryType = "arraybuffer";
  await happens(socket, "open");
  const send = (message: object) => socket.send(JSON.stringify({ v: 1, ...message }));
  let isOpen = false;
  let begun = 0;
  let seq = 0;
  let duration = Number.POSITIVE_INFINITY;
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") {
      const event = JSON.parse(data);
      seq = event.seq ?? seq;
      if (event.type === "opened") {
        isOpen = true;
        send({ type: "ask", text: `question ${Math.random()}` });
      }
      if (event.type === "answered") duration = event.duration;
    } else {
      const frame = readBinaryFrame(new Uint8Array(data));
      if (frame?.kind === "fragment") begun ||= performance.now();
      seq = frame?.seq || seq;
    }
  });
  send({ type: "open" });
  for (;;) {
    await setTimeout(250);
    const at = begun === 0 ? 0 : (performance.now() - begun) / 1000;
    if (at > duration) break;
    if (socket.readyState !== WebSocket.OPEN) throw new Error("the connection was closed");
    if (isOpen) send({ type: "played", epoch: 1, at, playing: begun > 0, seq });
  }
  send({ type: "close" });
  await happens(socket, "close");
  return duration;
}

await measureDelay();
await measureSeams();
await measureCost();
await browser.close();
await rm(folder, { recursive: true });
console.log(`${cpus().length} cores; the median has to hold what stands in brackets\n`);
console.log(table(["what", "median", "p95", "n", "bar"], rows));
process.exitCode = missed === 0 ? 0 : 1;
