import { writeBox } from "../mp4/box.ts";
import { fullBox, u32 } from "./box-fields.ts";
import {
  fileType,
  type MovieTracks,
  movieHeader,
  NO_SAMPLES,
  PICTURE_ID,
  pictureTrack,
  SOUND_ID,
  soundTrack,
} from "./tracks.ts";

/** What a player needs before any fragment: `ftyp` and `moov` (ISO/IEC 14496-12, 8.8). */
export function initSegment({ pictures, sounds }: MovieTracks): Buffer {
  const ids = [PICTURE_ID, ...(sounds ? [SOUND_ID] : [])];
  const children = [
    movieHeader(0),
    pictureTrack(pictures, NO_SAMPLES),
    ...(sounds ? [soundTrack(sounds, NO_SAMPLES)] : []),
    // Every fragment tells all of its samples itself: the defaults are never used.
    { type: "mvex", children: ids.map((id) => fullBox("trex", {}, u32(id, 1, 0, 0, 0))) },
  ];
  return Buffer.concat([fileType(), { type: "moov", children }].map(writeBox));
}
