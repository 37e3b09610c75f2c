/** NAL unit types of H.264 that say nothing of the picture (ISO/IEC 14496-10, table 7-1). */
const PARAMETER_SETS = [7, 8];
const DELIMITER = 9;

/**
 * The NAL units of an H.264 packet, without parameter sets and delimiters, which containers put in
 * and take out. `lengths`: each after its length of 4 bytes, as in MP4; otherwise after start codes,
 * as in MPEG-TS.
 */
export function pictureUnits(packet: Buffer, format: "lengths" | "start codes"): Buffer[] {
  const units = format === "lengths" ? byLength(packet) : byStartCode(packet);
  return units.filter((unit) => {
    const type = (unit[0] ?? 0) & 31;
    return type !== DELIMITER && !PARAMETER_SETS.includes(type);
  });
}

function byLength(packet: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = 0; at + 4 <= packet.length; ) {
    const length = packet.readUInt32BE(at);
    units.push(packet.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return units;
}

const START_CODE = Buffer.from([0, 0, 1]);

function byStartCode(packet: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = packet.indexOf(START_CODE); at >= 0; ) {
    const next = packet.indexOf(START_CODE, at + 3);
    let end = next < 0 ? packet.length : next;
    while (next >= 0 && packet[end - 1] === 0) end--; // a longer start code
    units.push(packet.subarray(at + 3, end));
    at = next;
  }
  return units;
}
