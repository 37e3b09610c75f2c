import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { SeenVideo } from "./paint-video.ts";

const PROGRAM = fileURLToPath(new URL("./lip-sync-program.ts", import.meta.url));

/**
 * What the program does at a call: paints everything over, ends well without a result, leaves half the
 * pictures or a damaged file, finds no face, never ends.
 */
export type LipSyncBehaviour = "paint" | "nothing" | "short" | "damaged" | "no face" | "hang";

/** How the program was called. */
export type LipSyncCall = {
  words: string[];
  /** Its working folder, and what was in it. */
  folder: string;
  entries: string[];
  /** CUDA devices that it was shown. */
  devices: string | null;
  sound: { channels: number; sampleRate: number; seconds: number };
  /** What it saw, when it painted. */
  video: SeenVideo | null;
  /** Of one that hangs: its process, and one below. */
  pids: number[];
};

export type LipSyncScript = {
  /** What an operator would configure, and a user gives as --lip-sync-cmd. */
  command: string;
  /** Path of a program that takes Wav2Lip's flags, in place of its Python. */
  python: string;
  /** How it was called until now. */
  calls(): LipSyncCall[];
};

/** A lip-sync program whose trouble is made to order: one behaviour for each call, the last for all others. */
export function createLipSyncScript(
  folder: string,
  ...plan: [LipSyncBehaviour, ...LipSyncBehaviour[]]
): LipSyncScript {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "plan.json"), JSON.stringify(plan));
  const python = path.join(folder, "python");
  writeFileSync(python, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "${folder}" "$@"\n`);
  chmodSync(python, 0o755);
  return {
    command: `"${process.execPath}" "${PROGRAM}" "${folder}" {face} {audio} {out}`,
    python,
    calls: () =>
      readdirSync(folder)
        .filter((name) => name.startsWith("call-"))
        .map((name) => path.join(folder, name, "call.json"))
        .filter((file) => existsSync(file))
        .map((file) => JSON.parse(readFileSync(file, "utf8")) as LipSyncCall), // what the program writes
  };
}
