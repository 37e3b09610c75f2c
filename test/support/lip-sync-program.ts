import { spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { errorCodeOf } from "../../src/domain/disk-error.ts";
import type { LipSyncBehaviour, LipSyncCall } from "./lip-sync-script.ts";
import { paintVideo } from "./paint-video.ts";

/**
 * Stands in for a program that moves mouths: its first word is a folder that says what it does at each
 * call and where it notes how it was called. The others are its inputs and its output, or Wav2Lip's flags.
 */
const [, , folder = "", ...words] = process.argv;

/** Calls take numbers, whichever is first. */
function nextCall(): number {
  for (let number = 0; ; number++) {
    try {
      mkdirSync(path.join(folder, `call-${number}`));
      return number;
    } catch (thrown) {
      // Another call has this number; without the folder there is nobody to work for.
      if (errorCodeOf(thrown) !== "EEXIST") throw thrown;
    }
  }
}

const after = (flag: string) => words[words.indexOf(flag) + 1] ?? "";
const [face = "", audio = "", out = ""] = words.includes("--face")
  ? [after("--face"), after("--audio"), after("--outfile")]
  : words;
const number = nextCall();
const plan = JSON.parse(readFileSync(path.join(folder, "plan.json"), "utf8")) as LipSyncBehaviour[]; // what the script writes
const behaviour = plan[Math.min(number, plan.length - 1)];
const sound = readFileSync(audio);

function note(more: Partial<LipSyncCall>): void {
  const call: LipSyncCall = {
    words,
    folder: process.cwd(),
    entries: readdirSync(".").toSorted(),
    devices: process.env["CUDA_VISIBLE_DEVICES"] ?? null,
    // A WAV's header (RIFF, 16 bits, one channel): channels, rate, bytes of sound.
    sound: {
      channels: sound.readUInt16LE(22),
      sampleRate: sound.readUInt32LE(24),
      seconds: sound.readUInt32LE(40) / 2 / sound.readUInt32LE(24),
    },
    video: null,
    pids: [],
    ...more,
  };
  const file = path.join(folder, `call-${number}`, "call.json");
  writeFileSync(`${file}.part`, JSON.stringify(call));
  renameSync(`${file}.part`, file);
}

if (behaviour === "paint" || behaviour === "short") {
  const video = await paintVideo({ from: face, to: out, share: behaviour === "short" ? 0.5 : 1 });
  note({ video });
} else if (behaviour === "damaged") {
  copyFileSync(face, out);
  truncateSync(out, 300);
  note({});
} else if (behaviour === "hang") {
  const below = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "inherit" });
  note({ pids: [process.pid, below.pid ?? 0] });
  setInterval(() => {}, 1e6);
} else {
  note({});
  if (behaviour === "no face") {
    console.error("ValueError: Face not detected! Ensure the video contains a face.");
    process.exitCode = 1;
  }
}
