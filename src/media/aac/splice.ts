import { type AudioEncoderOptions, createAudioEncoder } from "../libav/audio-encoder.ts";
import { type AacWindow, canSwitchAfter, readAacWindow } from "./window.ts";

/** Samples in an AAC frame. */
export const FRAME = 1024;
/** Frames the encoder is given before the first packet that is used, to settle. */
const WARM_UP = 3;

/** The range of packets that a splice may replace, with what is known of the old ones. */
export type SpliceRange = {
  /** Windows of the old packets, one entry a packet of the track's stretch; index 0 is `first`. */
  windows: (AacWindow | null)[];
  /** Packet numbers in the track, both inclusive. */
  first: number;
  last: number;
  /** The last packet is the track's last: nothing follows that would have to join. */
  reachesEnd: boolean;
};

export type Splice = {
  /** Number of the first new packet in the track. */
  first: number;
  packets: Buffer[];
};

export type SpliceRequest = {
  /** Decoded frames, `[channel][sample]`, beginning with frame `planesStart` of the track. */
  planes: Float32Array[];
  planesStart: number;
  /** The frames whose sound differs from the old one, both inclusive. */
  changed: { first: number; last: number };
  range: SpliceRange;
  /** Frames by which all behind the changed ones comes later than in the old track; 0 when left out. */
  shift?: number;
  /** How far beyond the changed frames joints are looked for, in frames. */
  reach: { before: number; after: number };
  encoder: AudioEncoderOptions;
};

/**
 * Encodes the changed frames anew such that the packets fit between the old ones: packet k carries
 * frame k's left and frame k+1's left neighbourhood, so one more packet is needed in front, and both
 * ends lie where old and new windows are compatible.
 * @returns null when there is no joint within `reach`.
 */
export function spliceAac(request: SpliceRequest): Splice | null {
  const { planes, planesStart, changed, range, reach, shift = 0 } = request;
  const available = Math.floor((planes[0]?.length ?? 0) / FRAME);
  const lastFrame = planesStart + available - 1;
  const firstNeeded = Math.max(range.first, changed.first - 1 - reach.before);
  const start = Math.max(planesStart, firstNeeded - WARM_UP);
  const end = Math.min(lastFrame, changed.last + reach.after + WARM_UP);
  using encoder = createAudioEncoder(request.encoder);
  const encoded: Buffer[] = [];
  // The encoder's first packet only primes it: its packet j carries frame start + j − 1.
  const packet = (frame: number): Buffer | undefined => encoded[frame - start + 1];
  const oldWindow = (frame: number) => range.windows[frame - range.first] ?? null;
  const newWindow = (frame: number): AacWindow | null => {
    const bytes = packet(frame);
    return bytes ? readAacWindow(bytes) : null;
  };

  const isJoint = (frame: number) => canSwitchAfter(newWindow(frame), oldWindow(frame - shift));
  const lastOld = range.last + shift;
  const endsTrack = (frame: number) => range.reachesEnd && frame >= lastOld;

  encodeUntilJoint();
  const first = findFirst();
  const last = findLast();
  if (first === null || last === null) return null;
  const packets: Buffer[] = [];
  for (let frame = first; frame <= last; frame++) {
    const bytes = packet(frame);
    if (!bytes) return null;
    packets.push(bytes);
  }
  return { first, packets };

  /** A packet depends only on what was encoded before it, so all after the joint can be left out. */
  function encodeUntilJoint(): void {
    for (let frame = start; frame <= end; frame++) {
      const at = (frame - planesStart) * FRAME;
      encoded.push(...encoder.encode(planes.map((plane) => plane.subarray(at, at + FRAME))));
      const newest = start + encoded.length - 2;
      if (newest >= changed.last && !endsTrack(newest) && isJoint(newest)) return;
    }
    encoded.push(...encoder.finish());
  }

  function findFirst(): number | null {
    const lowest = Math.max(range.first, start === 0 ? 0 : start + WARM_UP);
    for (let frame = changed.first - 1; frame >= lowest; frame--) {
      if (frame === 0 || canSwitchAfter(oldWindow(frame - 1), newWindow(frame - 1))) return frame;
    }
    return lowest === 0 ? 0 : null;
  }

  function findLast(): number | null {
    if (endsTrack(changed.last)) return lastFrame;
    for (let frame = changed.last; frame <= Math.min(lastOld, end - 1); frame++) {
      if (endsTrack(frame)) return lastFrame;
      if (isJoint(frame)) return frame;
    }
    return null;
  }
}
