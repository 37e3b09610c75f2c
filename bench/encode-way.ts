import { stat } from "node:fs/promises";
import path from "node:path";
import { openInput } from "../src/media/libav/input.ts";
import { transcode } from "../src/media/libav/transcode.ts";
import { emptyFolder } from "./copy-way.ts";
import type { Way, WayOrder } from "./way.ts";

/** x264's own defaults, which the usual tools leave as they are. */
const X264 = { preset: "medium", crf: 23 };
const AUDIO_BIT_RATE = 128_000;

/**
 * What the usual tools do for every recipient, without even putting a name in: everything decoded and
 * encoded, or the picture's packets copied and the whole sound encoded. In this process, by libav.
 */
export function createEncodeWay({ way, base, folder }: WayOrder): Way {
  return {
    async make(index) {
      using input = openInput(base);
      const output = path.join(folder, `${index}.mp4`);
      transcode({
        input,
        output,
        video: way === "full-encode" ? X264 : "copy",
        audioBitRate: AUDIO_BIT_RATE,
        faststart: true,
      });
      return (await stat(output)).size;
    },
    children: () => ({ cpuMs: 0, peakBytes: 0 }),
    clear: () => emptyFolder(folder),
  };
}
