import {
  AV_DISPOSITION_ATTACHED_PIC,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_SUBTITLE,
  AVMEDIA_TYPE_VIDEO,
} from "node-av/constants";
import type { Stream } from "node-av/lib";
import { codecName, type Input } from "./input.ts";

/** Sound and text that MP4 can hold as it is. */
const CARRIED = ["aac", "mp3", "ac3", "eac3", "opus", "flac", "alac", "mov_text"];
const SHOWN = [AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO, AVMEDIA_TYPE_SUBTITLE];

/**
 * What a file has beside its picture and its voice, by whether an MP4 can carry it along unchanged.
 * Cover pictures and data that no player shows are in neither list.
 */
export function otherTracks({ format, video, audio }: Input): {
  carried: Stream[];
  dropped: Stream[];
} {
  const others = format.streams.filter(
    (stream) =>
      stream.index !== video?.index &&
      stream.index !== audio?.index &&
      SHOWN.some((type) => type === stream.codecpar.codecType) &&
      !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC),
  );
  const canCarry = (stream: Stream) => CARRIED.includes(codecName(stream));
  return {
    carried: others.filter(canCarry),
    dropped: others.filter((stream) => !canCarry(stream)),
  };
}
