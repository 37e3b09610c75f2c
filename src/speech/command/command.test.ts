import assert from "node:assert/strict";
import { existsSync, readFileSync, watch } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { speechModelConformance } from "../../../test/conformance/speech-model.ts";
import { eventually } from "../../../test/support/process-tree.ts";
import { type Audio, durationOf } from "../../domain/audio.ts";
import { createCommandSpeech } from "./command.ts";

/** Writes raw 32-bit floats at 16 kHz: 0.1 s of sound for each character, up to 5 s. */
const PROGRAM = `
import { writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
const [pidFile, voice, out, text] = process.argv.slice(2);
if (text === "fail") { console.error("loading\\nno such model: x\\n"); process.exit(3); }
if (text === "nothing") process.exit(0);
if (text === "empty") { writeFileSync(out, ""); process.exit(0); }
if (text === "hang") {
  const below = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "inherit" });
  writeFileSync(pidFile, process.pid + " " + below.pid);
  setInterval(() => {}, 1e6);
} else {
  const samples = Float32Array.from({ length: Math.min(50, [...text].length) * 1600 }, (_, i) => 0.3 * Math.sin(i / 9));
  writeFileSync(out, samples);
}`;

let folder = "";
const workFolder = () => join(folder, "work");
const signal = new AbortController().signal;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "command-test-"));
  await mkdir(workFolder());
  await writeFile(join(folder, "speak.mjs"), PROGRAM);
});
after(() => rm(folder, { recursive: true }));

async function decode(path: string): Promise<Audio> {
  const bytes = await readFile(path);
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return { samples: samples.slice(), sampleRate: 16_000 };
}

function model(timeoutMs?: number) {
  const program = `'${process.execPath}' '${join(folder, "speak.mjs")}' '${join(folder, "pids")}'`;
  return createCommandSpeech({
    command: `${program} "secret-key:{voice}" {out} {text}`,
    decode,
    workFolder: workFolder(),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
}

speechModelConformance("a command", () => ({
  model: model(),
  requests: [
    { text: "Priya", language: "hi" },
    { text: "प्रिया शर्मा सिंह", language: "hi" },
    { text: "Наталья", language: "ru" },
  ],
  otherVoice: "other",
  obeysSpeed: false,
  secrets: ["secret-key", process.execPath],
}));

describe("a command", () => {
  const speak = (text: string) => model().speak({ text, language: "en" }, { signal });

  test("its sound is that of the whole text, and no file is left behind", async () => {
    const speech = await speak(`-- "a" $HOME; *`);
    assert.equal(durationOf(speech.audio), 1.5);
    assert.deepEqual(await readdir(workFolder()), []);
  });

  test("a failure is told with the last line of standard error", async () => {
    const message = /failed \(exit code 3\): no such model: x$/;
    await assert.rejects(speak("fail"), { code: "SPEECH_FAILED", message });
    assert.deepEqual(await readdir(workFolder()), []);
  });

  test("no output and empty output are failures", async () => {
    await assert.rejects(speak("nothing"), { code: "SPEECH_FAILED", message: /wrote nothing/ });
    await assert.rejects(speak("empty"), { code: "SPEECH_FAILED", message: /left \{out\} empty/ });
  });

  test("a program that does not exist is named", async () => {
    const missing = createCommandSpeech({ command: "/no/such-program {text} {out}", decode });
    await assert.rejects(missing.speak({ text: "a", language: "en" }, { signal }), {
      code: "SPEECH_FAILED",
      message: /such-program cannot be started/,
    });
  });

  test("a command that takes too long is ended", async () => {
    const running = model(300).speak({ text: "hang", language: "en" }, { signal });
    const message = /took longer than 0.3 s/;
    await assert.rejects(running, { code: "SPEECH_FAILED", message, retryable: true });
    assert.deepEqual(await readdir(workFolder()), []);
  });

  test("cancelling ends the command with all that it started", async () => {
    await rm(join(folder, "pids"), { force: true });
    const controller = new AbortController();
    const running = model().speak({ text: "hang", language: "en" }, { signal: controller.signal });
    const pids = await appeared(join(folder, "pids"));
    controller.abort();
    await assert.rejects(running, { code: "CANCELLED" });
    assert.equal(pids.length, 2);
    for (const pid of pids) await eventually(`the end of ${pid}`, () => !runs(pid));
    assert.deepEqual(await readdir(workFolder()), []);
  });

  test("closing ends a running command", async () => {
    await rm(join(folder, "pids"), { force: true });
    const closing = model();
    const running = closing.speak({ text: "hang", language: "en" }, { signal });
    const outcome = running.catch(({ code }) => code);
    const pids = await appeared(join(folder, "pids"));
    await closing.close();
    assert.deepEqual(await readdir(workFolder()), []);
    // The system may take a moment to collect what was killed.
    for (const pid of pids) await eventually(`the end of ${pid}`, () => !runs(pid));
    assert.equal(await outcome, "CANCELLED");
    await assert.rejects(closing.speak({ text: "a", language: "en" }, { signal }), /closed/);
  });
});

/** The numbers in a file, as soon as it holds some. */
function appeared(path: string): Promise<number[]> {
  const numbers = () => (existsSync(path) ? (readFileSync(path, "utf8").match(/\d+/g) ?? []) : []);
  return new Promise((resolve) => {
    const look = () => {
      if (numbers().length < 2) return;
      watcher.close();
      resolve(numbers().map(Number));
    };
    const watcher = watch(folder, look);
    look();
  });
}

/** A killed process whose parent died with it may remain as a zombie until it is reaped. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}
