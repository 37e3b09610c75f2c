import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Segment } from "./made-sound.ts";
import { type MediaRecipe, makeMedia } from "./make-media.ts";
import type { Surroundings } from "./run-vocative.ts";

export type SmallCampaign = {
  /** Everything of a test file lies in it. */
  folder: string;
  /** A video of 2.6 s: a name, a pause, a sentence. */
  base: string;
  /** With a cache of spoken names that all runs share. */
  surroundings: Surroundings;
  path(...parts: string[]): string;
  /** Writes a CSV of one column `name`; every cell is quoted. */
  sheet(file: string, names: readonly string[]): string;
  /** A base that is not the usual one. */
  media(file: string, recipe: Partial<MediaRecipe>): string;
  /** What a speech command may hand out as a spoken name: a WAV of 0.7 s. */
  recording(): string;
  remove(): void;
};

const SOUND: Segment[] = [
  { kind: "silence", seconds: 0.3 },
  { kind: "speech", seconds: 0.8 },
  { kind: "silence", seconds: 0.5 },
  { kind: "speech", seconds: 1 },
];

const SPOKEN_NAME: Segment[] = [
  { kind: "silence", seconds: 0.1 },
  { kind: "speech", seconds: 0.5 },
  { kind: "silence", seconds: 0.1 },
];

/** A folder with a small base, in which commands can be run. */
export function createSmallCampaign(): SmallCampaign {
  const folder = mkdtempSync(path.join(tmpdir(), "vocative-campaign-"));
  const inside = (...parts: string[]) => path.join(folder, ...parts);
  const media: SmallCampaign["media"] = (file, recipe) =>
    makeMedia({
      file: inside(file),
      container: "mp4",
      video: { codec: "h264", width: 96, height: 64 },
      audio: { codec: "aac", sampleRate: 48_000, channels: 1 },
      sound: SOUND,
      ...recipe,
    }).file;
  return {
    folder,
    base: media("base.mp4", {}),
    surroundings: { env: { VIDX_DATA_DIR: inside("data") }, cwd: folder },
    path: inside,
    sheet(file, names) {
      const rows = names.map((name) => `"${name.replaceAll('"', '""')}"`);
      writeFileSync(inside(file), `${["name", ...rows].join("\n")}\n`);
      return inside(file);
    },
    media,
    recording: () =>
      media("spoken.wav", {
        container: "wav",
        video: null,
        audio: { codec: "pcm", sampleRate: 22_050, channels: 1 },
        sound: SPOKEN_NAME,
        noiseDb: null,
      }),
    remove: () => rmSync(folder, { recursive: true, maxRetries: 3 }),
  };
}
