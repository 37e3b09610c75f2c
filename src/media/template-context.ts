import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../domain/app-error.ts";
import { diskError } from "../domain/disk-error.ts";
import type { Template } from "../domain/template.ts";
import type { AacWindow } from "./aac/window.ts";
import type { Cell } from "./mp4/cells.ts";
import type { GrowthFields } from "./mp4/growth.ts";
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
  /** The packets that may be replaced (both inclusive), all of the track, and the former's sizes. */
  packets: { first: number; last: number; count: number; sizes: number[] };
  /** Windows of the packets that may be replaced. */
  windows: (AacWindow | null)[];
  cells: Cell[];
  /** Offset in the file of the size table's entry for the first packet that may be replaced. */
  sizesOffset: number;
  /** Null when the sound cannot be made longer. */
  growth: GrowthFields | null;
  /** Frame number at which `planes` begin. */
  planesStart: number;
};

export type Mp3Context = Common & {
  kind: "mp3";
  mediaType: "audio/mpeg";
  /** Samples in a frame: 1152, or 576 below 32 kHz. */
  frameLength: number;
  /** Offset of every frame in the file, and of the end of the last one. */
  frameOffsets: number[];
  /** Sample of the timeline at which `planes` begin. */
  planesStart: number;
  /** Samples of the timeline. */
  end: number;
};

export type TemplateContext = Mp4Context | Mp3Context;

export type TemplateSound = {
  /** The base around the editable part, `[channel][sample]`. */
  planes: Float32Array[];
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
  const parts = [tone, ...planes];
  const sound = Buffer.concat(
    parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
  );
  const file = path.join(folder, CONTEXT_FILE);
  const lengths = { tone: tone.length, plane: planes[0]?.length ?? 0 };
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
      lengths: { tone: number; plane: number };
    };
    const bytes = await readFile(path.join(folder, SOUND_FILE));
    const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    const planes = Array.from({ length: context.channels }, (_, channel) => {
      const start = lengths.tone + channel * lengths.plane;
      return all.subarray(start, start + lengths.plane);
    });
    return { context, sound: { tone: all.subarray(0, lengths.tone), planes } };
  } catch (cause) {
    throw new AppError(
      "FILE_UNREADABLE",
      `the template in ${folder} cannot be read: remove the folder and run again`,
      { cause },
    );
  }
}
