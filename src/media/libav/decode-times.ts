import { AV_NOPTS_VALUE } from "node-av/constants";
import type { Packet, Stream } from "node-av/lib";

/** Gives every packet of a copied stream a decoding time of its own, later than the one before. */
export type DecodeTimes = {
  /** The packets that are due, ready to be written; each is valid until the next one is asked for. */
  push(packet: Packet): Generator<Packet>;
  finish(): Generator<Packet>;
  [Symbol.dispose](): void;
};

/**
 * MP4 needs decoding times. Where the order of decoding is not that of showing, Matroska does not tell
 * the first ones, as many as the stream's reordering is deep: those packets wait for the first time
 * that is known and lie one frame apart before it. A damaged stream's times that run backwards are
 * moved up.
 */
export function createDecodeTimes(stream: Stream): DecodeTimes {
  const waiting: Packet[] = [];
  let last = AV_NOPTS_VALUE;

  const follow = (packet: Packet): Packet => {
    if (packet.dts === AV_NOPTS_VALUE)
      packet.dts = last === AV_NOPTS_VALUE ? packet.pts : last + 1n;
    if (last !== AV_NOPTS_VALUE && packet.dts <= last) packet.dts = last + 1n;
    if (packet.pts === AV_NOPTS_VALUE || packet.pts < packet.dts) packet.pts = packet.dts;
    last = packet.dts;
    return packet;
  };
  function* release(known: bigint): Generator<Packet> {
    for (const [i, packet] of waiting.entries()) {
      packet.dts = known - BigInt(waiting.length - i) * frameTicks(packet, stream);
      yield follow(packet);
      packet.free();
    }
    waiting.length = 0;
  }
  return {
    *push(packet) {
      if (packet.dts === AV_NOPTS_VALUE && last === AV_NOPTS_VALUE) {
        const copy = packet.clone();
        if (copy) waiting.push(copy);
        return;
      }
      yield* release(packet.dts);
      yield follow(packet);
    },
    *finish() {
      const [earliest] = waiting
        .map(({ pts }) => pts)
        .filter((pts) => pts !== AV_NOPTS_VALUE)
        .sort((a, b) => (a < b ? -1 : 1));
      yield* release(earliest ?? 0n);
    },
    [Symbol.dispose]() {
      for (const packet of waiting.splice(0)) packet.free();
    },
  };
}

function frameTicks(packet: Packet, { avgFrameRate, timeBase }: Stream): bigint {
  if (packet.duration > 0n) return packet.duration;
  const seconds = avgFrameRate.num > 0 ? avgFrameRate.den / avgFrameRate.num : 0;
  return BigInt(Math.max(1, Math.round((seconds * timeBase.den) / timeBase.num)));
}
