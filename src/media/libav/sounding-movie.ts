import { timeBase } from "./audio-decoder.ts";
import { type AudioEncoder, createAudioEncoder } from "./audio-encoder.ts";
import { check } from "./input.ts";
import { createMovieWriter, type EncodedPacket, type MovieTrack } from "./movie-writer.ts";
import {
  createPictureEncoder,
  type PictureEncoder,
  type PictureEncoderOptions,
} from "./picture-encoder.ts";

export type SoundingMovieOptions = {
  /** Path of the MP4 to write; its folder exists. */
  file: string;
  /** H.264 by x264. */
  picture: Omit<PictureEncoderOptions, "encoder">;
  sound: {
    /** `[channel][sample]`, from the movie's beginning. */
    planes: Float32Array[];
    sampleRate: number;
    /** Bits a second. */
    bitRate: number;
  };
  /** Of the container, such as `comment`. */
  tags?: Record<string, string>;
};

export type SoundingMovie = {
  /** Adds the next picture: planes of Y, U and V one after another. */
  add(bytes: Buffer): void;
  /** Adds what is left of the sound; the file is whole then. */
  finish(): void;
  [Symbol.dispose](): void;
};

/**
 * Writes an MP4 of pictures as they come and of a sound that is known: H.264 and AAC-LC, index in front.
 * @throws AppError OUTPUT_UNWRITABLE, DISK_FULL, MEDIA_UNSUPPORTED.
 */
export function createSoundingMovie(options: SoundingMovieOptions): SoundingMovie {
  const { sampleRate, planes, bitRate } = options.sound;
  using parts = new DisposableStack();
  const pictures = parts.use(createPictureEncoder({ encoder: "libx264", ...options.picture }));
  const channels = planes.length;
  const sound = parts.use(createAudioEncoder({ codec: "aac", sampleRate, channels, bitRate }));
  const soundPackets = encodeSound(sound, planes);
  const writer = parts.use(
    createMovieWriter({
      file: options.file,
      container: "mp4",
      tracks: [pictureTrack(pictures), soundTrack(sound, sampleRate)],
      options: { movflags: "+faststart" },
      ...(options.tags && { tags: options.tags }),
    }),
  );
  const { num, den } = pictures.timeBase;
  let shown = 0;
  let sounded = 0;
  const writeSound = () => {
    const packet = soundPackets[sounded++];
    if (packet) writer.write(1, packet);
  };
  const write = (packets: EncodedPacket[]) => {
    for (const packet of packets) {
      // Sound goes in beside the picture, so that the writer holds back little.
      const due = ((packet.dts * num) / den) * sampleRate;
      while ((soundPackets[sounded]?.dts ?? Number.POSITIVE_INFINITY) <= due) writeSound();
      writer.write(0, packet);
    }
  };
  const held = parts.move();
  return {
    add: (bytes) => write(pictures.encode(bytes, shown++)),
    finish() {
      write(pictures.finish());
      while (sounded < soundPackets.length) writeSound();
      writer.finish();
    },
    [Symbol.dispose]: () => held.dispose(),
  };
}

function pictureTrack({ context, timeBase }: PictureEncoder): MovieTrack {
  return {
    timeBase,
    describe(stream) {
      check(stream.codecpar.fromContext(context), "describing the picture");
      stream.avgFrameRate = context.framerate;
    },
  };
}

function soundTrack({ context }: AudioEncoder, sampleRate: number): MovieTrack {
  return {
    timeBase: timeBase(sampleRate),
    describe: ({ codecpar }) => check(codecpar.fromContext(context), "describing the sound"),
  };
}

/** All packets of a sound that begins at zero; the encoder's padding lies before it. */
function encodeSound(encoder: AudioEncoder, channels: Float32Array[]): EncodedPacket[] {
  const { frameLength, padding } = encoder;
  const length = channels[0]?.length ?? 0;
  const packets: Buffer[] = [];
  for (let at = 0; at < length; at += frameLength) {
    packets.push(...encoder.encode(channels.map((plane) => plane.slice(at, at + frameLength))));
  }
  packets.push(...encoder.finish());
  return packets.map((data, index) => {
    const time = index * frameLength - padding;
    return { data, pts: time, dts: time, duration: frameLength, key: true };
  });
}
