import type { AudioEncoder } from "./audio-encoder.ts";

export type Framer = {
  /** Takes any number of samples, `[channel][sample]`; returns the packets that are due. */
  push(planes: Float32Array[]): Buffer[];
  finish(): Buffer[];
};

/** Cuts a stream of sound into the encoder's frames. */
export function createFramer(encoder: AudioEncoder, channels: number): Framer {
  const length = encoder.frameLength;
  const frame = Array.from({ length: channels }, () => new Float32Array(length));
  let filled = 0;
  return {
    push(planes: Float32Array[]): Buffer[] {
      const packets: Buffer[] = [];
      const total = planes[0]?.length ?? 0;
      for (let at = 0; at < total; ) {
        const count = Math.min(length - filled, total - at);
        frame.forEach((plane, i) => {
          plane.set(planes[i]?.subarray(at, at + count) ?? [], filled);
        });
        filled += count;
        at += count;
        if (filled < length) continue;
        packets.push(...encoder.encode(frame));
        filled = 0;
      }
      return packets;
    },
    finish(): Buffer[] {
      const rest = filled > 0 ? encoder.encode(frame.map((plane) => plane.slice(0, filled))) : [];
      return [...rest, ...encoder.finish()];
    },
  };
}
