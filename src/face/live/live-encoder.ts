import { AppError } from "../../domain/app-error.ts";
import { type Fragment, type Run, writeFragment } from "../../media/fmp4/fragment.ts";
import {
  type MovieTracks,
  PICTURE_TICKS,
  SOUND_TICKS,
  type SoundTrack,
} from "../../media/fmp4/tracks.ts";
import { NAL, nalType, sampleOf, unitsOfStream } from "../../media/h264/nal-units.ts";
import { createAudioEncoder } from "../../media/libav/audio-encoder.ts";
import { createPictureEncoder } from "../../media/libav/picture-encoder.ts";

/** Hz of all answers, whatever the voice has. */
export const SOUND_RATE = 48_000;
/** Plenty for one voice. */
const SOUND_BIT_RATE = 80_000;
/** Measured at 512×512 beside 7 ms of drawing: 2.6 ms a frame, 290 kbit/s; superfast 1.8 ms, 400 kbit/s. */
const X264 = { preset: "veryfast", profile: "baseline", tune: "zerolatency", crf: "22" };
const GOP_SECONDS = 2;

export type LivePictures = { width: number; height: number; fps: number };

/** Makes the pictures of one timeline into samples of MP4; none is held back. */
export type LivePictureEncoder = {
  track: MovieTracks["pictures"];
  /** @param bytes Planes of Y, U and V one after another. */
  encode(bytes: Buffer): Run["samples"][number];
  [Symbol.dispose](): void;
};

/** H.264 of the constrained baseline profile. */
export function createLivePictureEncoder({ width, height, fps }: LivePictures): LivePictureEncoder {
  const encoder = createPictureEncoder({
    encoder: "libx264",
    width,
    height,
    frameRate: { num: fps, den: 1 },
    bFrames: 0,
    gop: GOP_SECONDS * fps,
    options: X264,
  });
  const sets = unitsOfStream(Buffer.from(encoder.context.extraData ?? []));
  const [sps, pps] = [NAL.sps, NAL.pps].map((type) => sets.find((one) => nalType(one) === type));
  if (!sps || !pps) throw new AppError("FACE_FAILED", "the H.264 encoder tells no parameter sets");
  let shown = 0;
  return {
    track: { width, height, fps, sps: Buffer.from(sps), pps: Buffer.from(pps) },
    encode(bytes) {
      const [packet] = encoder.encode(bytes, shown++);
      if (!packet) throw new AppError("FACE_FAILED", "the H.264 encoder holds pictures back");
      const units = unitsOfStream(packet.data).filter((unit) => nalType(unit) <= NAL.idr);
      return { data: sampleOf(units), duration: PICTURE_TICKS, key: packet.key };
    },
    [Symbol.dispose]: () => encoder[Symbol.dispose](),
  };
}

/** Makes the sound of one timeline into packets of AAC, as far as it is known. */
export type LiveSoundEncoder = {
  track: SoundTrack;
  /** Samples of silence that the timeline must begin with. */
  lead: number;
  /** How far packets reach when so many samples are known, of {@link SOUND_RATE}. */
  reach(samples: number): number;
  /** Samples that were encoded. */
  fed(): number;
  /** The next packets, up to the one that reaches `until`. @param sound The samples from `from` to `to`. */
  encode(until: number, sound: (from: number, to: number) => Float32Array): Run["samples"];
  [Symbol.dispose](): void;
};

/**
 * AAC-LC, mono. The first packet, which is the encoder's own silence, is left out; the next one is
 * decoded right without it as long as its own samples are silent, hence `lead`. So sample n of the
 * timeline is sample n of what is decoded, and no player has to know of an encoder's delay.
 */
export function createLiveSoundEncoder(): LiveSoundEncoder {
  const encoder = createAudioEncoder({
    codec: "aac",
    sampleRate: SOUND_RATE,
    channels: 1,
    bitRate: SOUND_BIT_RATE,
  });
  let fed = 0;
  let made = 0;
  return {
    track: { sampleRate: SOUND_RATE, config: encoder.extradata },
    lead: SOUND_TICKS,
    // Packet n is out when frame n is in, counted from 1, and reaches frame n − 1 without the first.
    reach: (samples) => Math.max(0, Math.floor(samples / SOUND_TICKS) - 2) * SOUND_TICKS,
    fed: () => fed,
    encode(until, sound) {
      const samples: Run["samples"] = [];
      while ((made - 1) * SOUND_TICKS < until) {
        for (const data of encoder.encode([sound(fed, fed + SOUND_TICKS)])) {
          if (made > 0) samples.push({ data, duration: SOUND_TICKS, key: true });
          made++;
        }
        fed += SOUND_TICKS;
      }
      return samples;
    },
    [Symbol.dispose]: () => encoder[Symbol.dispose](),
  };
}

/** Puts pictures and the sound beside them into fragments that follow one another. */
export type FragmentWriter = (pictures: Run["samples"], sounds: Run["samples"]) => Fragment;

export function createFragmentWriter(): FragmentWriter {
  let sequence = 1;
  let shown = 0;
  let heard = 0;
  return (pictures, sounds) => {
    const fragment = writeFragment({
      sequence: sequence++,
      pictures: { time: shown, samples: pictures },
      sounds: { time: heard, samples: sounds },
    });
    for (const { duration } of pictures) shown += duration;
    for (const { duration } of sounds) heard += duration;
    return fragment;
  };
}
