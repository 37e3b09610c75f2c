import { mkdtempSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { madePictures, writeStretchFiles } from "../../src/face/engines/stretch-files.ts";
import { createPlanes, type Yuv420 } from "../../src/face/portrait/planes.ts";
import { openInput } from "../../src/media/libav/input.ts";

/** The luma of a painted picture: unlike any skin, so that nobody levels it out. */
export const PAINTED_LUMA = 235;

export type SeenVideo = { pictures: number; width: number; height: number; fps: number };

/**
 * What an engine would make of a video that alters everything: all of it painted over in one shade.
 * @param share How much of its length is made, 0..1.
 */
export async function paintVideo({
  from,
  to,
  share = 1,
}: {
  from: string;
  to: string;
  share?: number;
}): Promise<SeenVideo> {
  const seen = seenVideo(from);
  const { width, height, fps } = seen;
  const painted: Yuv420 = createPlanes(width, height);
  painted.y.fill(PAINTED_LUMA);
  const pictures = Array.from({ length: Math.floor(share * seen.pictures) }, () => painted);
  const folder = mkdtempSync(path.join(path.dirname(to), "painting-"));
  const audio = { samples: new Float32Array(16_000), sampleRate: 16_000 };
  const { face } = await writeStretchFiles({ pictures, frameSeconds: 1 / fps, audio, folder });
  renameSync(face, to);
  rmSync(folder, { recursive: true });
  return seen;
}

/** What a program sees of the video that it is given. */
function seenVideo(file: string): SeenVideo {
  using input = openInput(file);
  if (!input.video) throw new Error(`${file} has no picture`);
  const { codecpar, avgFrameRate } = input.video;
  const { width, height } = codecpar;
  const fps = avgFrameRate.num / avgFrameRate.den;
  const all = madePictures({ file, count: 10_000, frameSeconds: 1 / fps, width, height });
  return { pictures: [...all].length, width, height, fps };
}
