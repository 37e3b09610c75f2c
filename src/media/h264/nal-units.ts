/** Types of NAL units of H.264 (ITU-T H.264, table 7-1). */
export const NAL = { slice: 1, idr: 5, sps: 7, pps: 8 } as const;

const START_CODE = Buffer.from([0, 0, 1]);
const LENGTH_BYTES = 4;

export function nalType(unit: Uint8Array): number {
  return (unit[0] ?? 0) & 31;
}

/** The units of a byte stream with start codes (ITU-T H.264, annex B). */
export function unitsOfStream(bytes: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = bytes.indexOf(START_CODE); at >= 0; ) {
    const next = bytes.indexOf(START_CODE, at + START_CODE.length);
    let end = next < 0 ? bytes.length : next;
    while (end > at && bytes[end - 1] === 0) end--; // a longer start code, or trailing zeros
    units.push(bytes.subarray(at + START_CODE.length, end));
    at = next;
  }
  return units;
}

/** The units of a sample as MP4 holds it, each behind its length of 4 bytes; what is cut short is left out. */
export function unitsOfSample(bytes: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = 0; at + LENGTH_BYTES <= bytes.length; ) {
    const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    units.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return units;
}

/** Units as MP4 holds them. */
export function sampleOf(units: readonly Buffer[]): Buffer {
  return Buffer.concat(
    units.flatMap((unit) => {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(unit.length);
      return [length, unit];
    }),
  );
}
