import { AV_CODEC_ID_MOV_TEXT, AVMEDIA_TYPE_SUBTITLE, AVMEDIA_TYPE_VIDEO } from "node-av/constants";
import { CodecParameters, Rational } from "node-av/lib";
import { check, openInput } from "../../src/media/libav/input.ts";
import {
  createMovieWriter,
  type EncodedPacket,
  type MovieTrack,
} from "../../src/media/libav/movie-writer.ts";
import { encodeSound, type SoundTrack } from "./sound-encoder.ts";

export type ExtraTrack =
  | { kind: "sound"; samples: Float32Array; track: SoundTrack }
  /** One line of text a second, as MP4 has it (3GPP TS 26.245). */
  | { kind: "text"; lines: string[] };

const MILLISECOND = new Rational(1, 1000);

/** Copies an MP4, MOV or MKV and puts further tracks beside its own; returns the new file. */
export function addTracks(request: {
  file: string;
  to: string;
  /** FFmpeg's name of the container. */
  container: "mp4" | "mov" | "matroska";
  extra: ExtraTrack[];
}): string {
  using input = openInput(request.file);
  const tracks: MovieTrack[] = [];
  const queue: { track: number; time: number; packet: EncodedPacket }[] = [];
  const add = (track: MovieTrack, packets: EncodedPacket[]): void => {
    const tick = track.timeBase.num / track.timeBase.den;
    for (const packet of packets) {
      queue.push({ track: tracks.length, time: packet.dts * tick, packet });
    }
    tracks.push(track);
  };
  const own = new Map(input.format.streams.map(({ index }) => [index, [] as EncodedPacket[]]));
  for (const packet of input.packets()) {
    own.get(packet.streamIndex)?.push({
      data: Buffer.from(packet.data ?? []),
      pts: Number(packet.pts),
      dts: Number(packet.dts),
      duration: Number(packet.duration),
      key: packet.isKeyframe,
    });
  }
  for (const stream of input.format.streams) {
    const parameters = new CodecParameters();
    parameters.alloc();
    check(stream.codecpar.copy(parameters), "keeping a track's description");
    const describe: MovieTrack["describe"] = (copy) => {
      check(parameters.copy(copy.codecpar), "describing a track");
      if (parameters.codecType === AVMEDIA_TYPE_VIDEO) copy.avgFrameRate = stream.avgFrameRate;
    };
    add({ timeBase: stream.timeBase, describe }, own.get(stream.index) ?? []);
  }
  for (const extra of request.extra) {
    if (extra.kind === "text") add(textTrack(), textPackets(extra.lines));
    else {
      const { packets, describe } = encodeSound(extra.samples, extra.track);
      add({ timeBase: new Rational(1, extra.track.sampleRate), describe }, packets);
    }
  }
  queue.sort((a, b) => a.time - b.time);
  using writer = createMovieWriter({ file: request.to, container: request.container, tracks });
  for (const { track, packet } of queue) writer.write(track, packet);
  writer.finish();
  return request.to;
}

function textTrack(): MovieTrack {
  return {
    timeBase: MILLISECOND,
    describe({ codecpar }) {
      codecpar.codecType = AVMEDIA_TYPE_SUBTITLE;
      codecpar.codecId = AV_CODEC_ID_MOV_TEXT;
    },
  };
}

function textPackets(lines: string[]): EncodedPacket[] {
  return lines.map((line, i) => {
    const text = Buffer.from(line);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(text.length);
    const time = 1000 * i;
    return {
      data: Buffer.concat([length, text]),
      pts: time,
      dts: time,
      duration: 1000,
      key: true,
    };
  });
}
