import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../domain/app-error.ts";
import { diskError } from "../domain/disk-error.ts";
import type { Template } from "../domain/template.ts";
import type { AacWindow } from "./aac/window.ts";
import type { Cell } from "./mp4/cells.ts";
import type { TemplateIndex } from "./mp4/template-index.ts";
import type { VoiceProfile } from "./voice-profile.ts";

/**
 * What a worker needs beside the template file to render from it. It lies in the template's folder as
 * `context.json`, with its samples in `sound.f32`.
 */
type Common = {
  sizeBytes: number;
  sampleRate: number;
  channels: number;
  bitRate: number;
  profile: Omit<VoiceProfile, "tone">;
  audio: Template["audio"];
  video: Template["video"];
};

export type Mp4Context = Common & {
  kind: "mp4";
  mediaType: "video/mp4";
  /** Sample of the player's timeline at which frame 0 of the track begins. */
  origin: number;
  /** Sample of the timeline at which the track is over. */
  end: number;
  /** Packets of the track. */
  packetCount: number;
  /** One for each slot. */
  sites: SoundSite[];
  stretches: StretchCell[];
  index: TemplateIndex;
};

/** Most that a sound may become longer by at a slot, seconds: nowhere, among others, at its end. */
export const MAX_GROWTH_SECONDS = { none: 0, inside: 4, end: 60 };

/** Where the sound of one slot can be replaced. */
export type SoundSite = {
  /** The packets that may be replaced (both inclusive), and their sizes. */
  packets: { first: number; last: number; sizes: number[] };
  /** Their windows. */
  windows: (AacWindow | null)[];
  cells: Cell[];
  /** Whether it can be made longer, so that all behind it comes later, or at the end of the sound. */
  growth: keyof typeof MAX_GROWTH_SECONDS;
  /** Frame number at which its `planes` begin, and how many samples they have. */
  planesStart: number;
  planesLength: number;
};

/** Where the pictures of one slot can be replaced. */
export type StretchCell = {
  slot: number;
  cell: Cell;
  /** Of the base's pictures in it. */
  sizes: number[];
  /** After so many of them new ones may end. */
  cuts: number[];
  /** New ones may be so many, and take so many bytes. */
  maxPictures: number;
  maxBytes: number;
};

export type Mp3Context = Common & {
  kind: "mp3";
  mediaType: "audio/mpeg";
  /** Samples in a frame: 1152, or 576 below 32 kHz. */
  frameLength: number;
  /** Of the metadata in front of the first frame. */
  tagBytes: number;
  /** Offset of every frame in the file, and of the end of the last one. */
  frameOffsets: number[];
  /** Sample of the timeline at which `planes` begin. */
  planesStart: number;
  /** Samples of the timeline. */
  end: number;
};

export type TemplateContext = Mp4Context | Mp3Context;

export type TemplateSound = {
  /** The base around each slot's editable part, `[channel][sample]`. */
  planes: Float32Array[][];
  /** Room tone of the base, mono. */
  tone: Float32Array;
};

const CONTEXT_FILE = "context.json";
const SOUND_FILE = "sound.f32";

/** Writes `context.json` last: a folder that has it is complete. */
export async function saveContext(
  folder: string,
  context: TemplateContext,
  { planes, tone }: TemplateSound,
): Promise<void> {
  const parts = [tone, ...planes.flat()];
  const sound = Buffer.concat(
    parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
  );
  const file = path.join(folder, CONTEXT_FILE);
  const lengths = { tone: tone.length, planes: planes.map(([plane]) => plane?.length ?? 0) };
  try {
    await writeFile(path.join(folder, SOUND_FILE), sound);
    await writeFile(file, JSON.stringify({ context, lengths }));
  } catch (cause) {
    throw diskError(cause, file);
  }
}

export async function loadContext(
  folder: string,
): Promise<{ context: TemplateContext; sound: TemplateSound }> {
  try {
    const saved = JSON.parse(await readFile(path.join(folder, CONTEXT_FILE), "utf8"));
    const { context, lengths } = saved as {
      context: TemplateContext; // written by saveContext of the same version: the id holds it
      lengths: { tone: number; planes: number[] };
    };
    const bytes = await readFile(path.join(folder, SOUND_FILE));
    const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    let at = lengths.tone;
    const planes = lengths.planes.map((length) =>
      Array.from({ length: context.channels }, () => {
        at += length;
        return all.subarray(at - length, at);
      }),
    );
    return { context, sound: { tone: all.subarray(0, lengths.tone), planes } };
  } catch (cause) {
    throw new AppError(
      "FILE_UNREADABLE",
      `the template in ${folder} cannot be read: remove the folder and run again`,
      { cause },
    );
  }
}
