import { AV_PKT_DATA_DISPLAYMATRIX } from "node-av/constants";
import { Rational } from "node-av/lib";
import { check } from "./input.ts";
import { createMovieWriter } from "./movie-writer.ts";
import { createPictureEncoder } from "./picture-encoder.ts";
import type { SlotPictureFormat } from "./slot-pictures.ts";

/** x264 quality at which no difference is left to be seen, even enlarged. */
const QUALITY = 8;
/** Few pictures from one key frame to the next, so that any of them is soon decoded. */
const GOP = 8;

export type StretchFile = {
  /** Adds the next picture: planes y, u and v of 8 bits one after another. */
  add(picture: Buffer): void;
  /** The file is whole then. */
  finish(): void;
  [Symbol.dispose](): void;
};

/**
 * Writes the pictures of a stretch, near lossless. What else is to be known of them is told by the
 * video itself, its parameter sets' id included (`slotPictureFormat`).
 * @throws AppError OUTPUT_UNWRITABLE, DISK_FULL.
 */
export function createStretchFile(file: string, format: SlotPictureFormat): StretchFile {
  using parts = new DisposableStack();
  const { parameterSetId, displayMatrix, ...look } = format;
  const encoder = parts.use(
    createPictureEncoder({
      encoder: "libx264",
      ...look,
      bFrames: 0,
      gop: GOP,
      options: {
        preset: "veryfast",
        crf: String(QUALITY),
        // Nothing is weighed against later pictures, so none wait in memory.
        "x264-params": `sps-id=${parameterSetId}:bframes=0:rc-lookahead=0`,
      },
    }),
  );
  const { num, den } = format.frameRate;
  const writer = parts.use(
    createMovieWriter({
      file,
      container: "mp4",
      tracks: [
        {
          timeBase: encoder.timeBase,
          describe(stream) {
            check(stream.codecpar.fromContext(encoder.context), "describing the picture");
            stream.avgFrameRate = new Rational(num, den);
            if (displayMatrix) {
              const kind = AV_PKT_DATA_DISPLAYMATRIX;
              check(stream.codecpar.addCodedSideData(kind, displayMatrix), "turning the picture");
            }
          },
        },
      ],
    }),
  );
  const held = parts.move();
  let count = 0;
  const write = (packets: ReturnType<typeof encoder.encode>) => {
    for (const packet of packets) writer.write(0, { ...packet, duration: 1 });
  };
  return {
    add: (picture) => write(encoder.encode(picture, count++)),
    finish() {
      write(encoder.finish());
      writer.finish();
    },
    [Symbol.dispose]: () => held.dispose(),
  };
}
