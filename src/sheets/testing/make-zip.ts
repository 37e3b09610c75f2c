import { crc32, deflateRawSync } from "node:zlib";

/** One file of an archive; the optional members are there to make damaged and hostile archives. */
export type ZipMember = {
  name: string;
  data: string | Uint8Array;
  /** Stored as it is instead of deflated. */
  stored?: boolean;
  /** What the directory claims instead of the true unpacked size, in bytes. */
  declaredBytes?: number;
  /** What the directory claims instead of the true CRC-32. */
  declaredCrc?: number;
  /** General purpose flags; bit 0 says that the data is encrypted. */
  flags?: number;
};

/** A ZIP archive of `members` in order (PKWARE APPNOTE 4.3; no ZIP64). */
export function makeZip(members: readonly ZipMember[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const data = Buffer.from(member.data);
    const packed = member.stored === true ? data : deflateRawSync(data);
    const name = Buffer.from(member.name);
    // The fields that the local header and the directory share, from "version needed" on.
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE((member.flags ?? 0) | 0x800, 2);
    shared.writeUInt16LE(member.stored === true ? 0 : 8, 4);
    shared.writeUInt32LE(member.declaredCrc ?? crc32(data), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(member.declaredBytes ?? data.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, name, packed]);
    directory.push(
      Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), shared, place, name]),
    );
    files.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}
