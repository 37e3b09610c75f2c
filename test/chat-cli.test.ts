import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import { after, test } from "node:test";
import { createLiveBench, stuck } from "../src/chat/live/testing/live-fakes.ts";
import { runCli } from "../src/cli/run-cli.ts";
import { registerLiveRoute } from "../src/http/live/live-route.ts";
import { startServer } from "../src/http/testing/running-server.ts";

const folder = mkdtempSync(path.join(tmpdir(), "vocative-chat-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(
  path.join(folder, "hours.md"),
  "# Opening hours\n\nWe open at nine in the morning.\n",
);

const realTimers = {
  clock: Date.now,
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Runs `vocative chat` on what is typed. */
function chat(args: string[], stdin: NodeJS.ReadableStream) {
  const shown = { out: "", err: "" };
  let interrupt = () => {};
  const watchers: { text: string; resolve: () => void }[] = [];
  const look = () => {
    for (const { text, resolve } of watchers) if (shown.out.includes(text)) resolve();
  };
  const code = runCli(["chat", ...args], {
    stdin,
    stdout: {
      write(text) {
        shown.out += text;
        look();
      },
    },
    stderr: {
      write(text) {
        shown.err += text;
      },
    },
    env: {
      VIDX_DATA_DIR: path.join(folder, "data"),
      VOCATIVE_LOG_DIR: path.join(folder, "logs"),
      VOCATIVE_FAQ_DIR: folder,
    },
    onInterrupt(stop) {
      interrupt = stop;
    },
  });
  const until = (text: string) =>
    new Promise<void>((resolve) => {
      watchers.push({ text, resolve });
      look();
    });
  return { shown, code, until, interrupt: () => interrupt() };
}

/** A server with live conversations over fakes. */
async function startLive(t: Parameters<typeof startServer>[0]) {
  const { sessions, language } = createLiveBench({ timers: realTimers });
  const { url } = await startServer(t, {
    plugins: [(app) => registerLiveRoute(app, { sessions })],
  });
  return { url, language };
}

test("without a server the operator's documents answer, with their sources", async () => {
  const { shown, code } = chat([], Readable.from(["When do you open in the morning?\n"]));
  assert.equal(await code, 0, shown.err);
  assert.match(shown.out, /Assistant: We open at nine in the morning\.\n {2}\(.*hours\.md\)\n$/u);
});

test("lines are asked one after the other of a running server", async (t) => {
  const { url } = await startLive(t);
  const { shown, code } = chat(["--url", url], Readable.from(["one\ntwo\n"]));
  assert.equal(await code, 0, shown.err);
  assert.match(shown.out, /^Asha: You said one\.\n.*rules\.md\)\nAsha: You said two\.\n/u);
});

test("a signal ends a conversation whose answer does not come", async (t) => {
  const { url, language } = await startLive(t);
  language.answerWith = (_question, signal) => stuck(signal, "Let me ");
  const stdin = new PassThrough();
  const { code, until, interrupt } = chat(["--url", url], stdin);
  stdin.write("think\n");
  await until("Let me ");
  interrupt();
  assert.equal(await code, 0);
});

test("an address without a server, and what is no address, are one line", async (t) => {
  const { url } = await startServer(t);
  const nobody = chat(["--url", url], Readable.from([]));
  assert.equal(await nobody.code, 1);
  assert.match(nobody.shown.err, /^Error: http:\/\/127\.0\.0\.1:\d+ took no conversation: .*\n$/u);
  const wrong = chat(["--url", "localhost"], Readable.from([]));
  assert.equal(await wrong.code, 1);
  assert.match(wrong.shown.err, /^Error: --url is "localhost": give a server's address.*\n$/u);
});
