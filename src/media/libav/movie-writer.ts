import { getSystemErrorName } from "node:util";
import { AV_PKT_DATA_SKIP_SAMPLES } from "node-av/constants";
import { Dictionary, FormatContext, Packet, type Rational, type Stream } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";
import { check, describe } from "./input.ts";

export type EncodedPacket = {
  data: Buffer;
  /** In its track's time base. */
  pts: number;
  dts: number;
  /** 0 when not known. */
  duration: number;
  key: boolean;
  /** What a player leaves out at its ends, as FFmpeg's side data. */
  skip?: Buffer | undefined;
};

export type MovieTrack = {
  /** Of the packets; the container may use another one. */
  timeBase: Rational;
  /** Fills in the stream's codec parameters. */
  describe(stream: Stream): void;
};

export type MovieWriter = {
  /** Packets of a track come in order of dts; the tracks are interleaved. */
  write(track: number, packet: EncodedPacket): void;
  /** Writes what is held back and the index; the file is incomplete before. */
  finish(): void;
  [Symbol.dispose](): void;
};

export type MovieWriterOptions = {
  file: string;
  /** FFmpeg's name of the container, such as `mp4`. */
  container: string;
  tracks: MovieTrack[];
  /** The container's own options. */
  options?: Record<string, string>;
  /** Metadata of the file, such as `comment`. */
  tags?: Record<string, string>;
};

/**
 * Writes encoded packets into a media file.
 * @throws AppError OUTPUT_UNWRITABLE, DISK_FULL; MEDIA_UNSUPPORTED when the container cannot hold a
 * track.
 */
export function createMovieWriter(given: MovieWriterOptions): MovieWriter {
  const { file, container, tracks, options = {}, tags } = given;
  const format = new FormatContext();
  check(format.allocOutputContext2(null, container, file), `setting up a ${container} file`);
  const close = () => {
    format.closeOutputSync();
    format.freeContext();
  };
  try {
    const streams = tracks.map((track) => {
      const stream = format.newStream(null);
      track.describe(stream);
      stream.timeBase = track.timeBase;
      return stream;
    });
    if (tags) format.metadata = Dictionary.fromObject(tags);
    checkWrite(format.openOutputSync(), file);
    const begun = format.writeHeaderSync(Dictionary.fromObject(options));
    if (begun < 0) {
      throw new AppError("MEDIA_UNSUPPORTED", `${container} cannot hold this: ${describe(begun)}`);
    }
    return createWriter({ format, streams, tracks, file, close });
  } catch (error) {
    close();
    throw error;
  }
}

type Opened = {
  format: FormatContext;
  streams: Stream[];
  tracks: MovieTrack[];
  file: string;
  close(): void;
};

function createWriter({ format, streams, tracks, file, close }: Opened): MovieWriter {
  const packet = new Packet();
  packet.alloc();
  return {
    write(index, { data, pts, dts, duration, key, skip }) {
      const [track, stream] = [tracks[index], streams[index]];
      if (!track || !stream) throw new RangeError(`there is no track ${index}`);
      packet.data = data;
      packet.streamIndex = stream.index;
      packet.pts = BigInt(pts);
      packet.dts = BigInt(dts);
      packet.duration = BigInt(duration);
      packet.isKeyframe = key;
      if (skip) check(packet.addSideData(AV_PKT_DATA_SKIP_SAMPLES, skip), "trimming a packet");
      packet.rescaleTs(track.timeBase, stream.timeBase);
      checkWrite(format.interleavedWriteFrameSync(packet), file);
      packet.unref();
    },
    finish() {
      checkWrite(format.writeTrailerSync(), file);
    },
    [Symbol.dispose]() {
      packet.free();
      close();
    },
  };
}

/** libav's codes of failed writes are the system's, negated. */
function checkWrite(code: number, file: string): void {
  if (code >= 0) return;
  const cause = Object.assign(new Error(describe(code)), { code: getSystemErrorName(code) });
  throw diskError(cause, file);
}
