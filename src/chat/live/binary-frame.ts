/** What a binary frame to the client holds. */
const KINDS = { init: 1, idle: 2, fragment: 3, sound: 4 } as const;
export type FrameKind = keyof typeof KINDS;

/** Bytes before the payload. */
export const HEADER_BYTES = 20;
const FORMAT = 1;

export type BinaryFrame = {
  kind: FrameKind;
  /** Of the answer; 0 for `init` and `idle`. */
  epoch: number;
  /** 0 for what has no number. */
  seq: number;
  /** Seconds of the answer's timeline, below 4294. */
  start: number;
  duration: number;
  /** Hz, of `sound`; else 0. */
  sampleRate: number;
  payload: Uint8Array;
};

/**
 * Numbers are big-endian: u8 format (1), u8 kind, u16 sample rate, u32 epoch, u32 seq, u32 start and
 * u32 duration in microseconds; then the payload.
 */
export function binaryFrame(frame: BinaryFrame): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + frame.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, FORMAT);
  view.setUint8(1, KINDS[frame.kind]);
  view.setUint16(2, frame.sampleRate);
  view.setUint32(4, frame.epoch);
  view.setUint32(8, frame.seq);
  view.setUint32(12, Math.round(frame.start * 1e6));
  view.setUint32(16, Math.round(frame.duration * 1e6));
  bytes.set(frame.payload, HEADER_BYTES);
  return bytes;
}

/** Null when `bytes` are no such frame. */
export function readBinaryFrame(bytes: Uint8Array): BinaryFrame | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kindOf(view.getUint8(1));
  if (view.getUint8(0) !== FORMAT || kind === null) return null;
  return {
    kind,
    sampleRate: view.getUint16(2),
    epoch: view.getUint32(4),
    seq: view.getUint32(8),
    start: view.getUint32(12) / 1e6,
    duration: view.getUint32(16) / 1e6,
    payload: bytes.subarray(HEADER_BYTES),
  };
}

function kindOf(code: number): FrameKind | null {
  for (const kind of ["init", "idle", "fragment", "sound"] as const) {
    if (KINDS[kind] === code) return kind;
  }
  return null;
}

/** Samples as 16-bit little-endian PCM. */
export function pcm16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length);
  const view = new DataView(bytes.buffer);
  for (const [at, sample] of samples.entries()) {
    view.setInt16(2 * at, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
  }
  return bytes;
}

/** Samples, −1..1, of 16-bit little-endian PCM; half a sample at the end is left out. */
export function samplesOfPcm16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from(
    { length: bytes.length >> 1 },
    (_, at) => view.getInt16(2 * at, true) / 32_768,
  );
}
