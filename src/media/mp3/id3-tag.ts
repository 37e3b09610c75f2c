/** Frames of ID3v2 (id3v2.4.0-frames) by FFmpeg's names of what they hold. */
const FRAMES: Record<string, string> = {
  title: "TIT2",
  artist: "TPE1",
  album: "TALB",
  date: "TDRC",
  copyright: "TCOP",
};
const UTF8 = 3;
const HEADER_BYTES = 10;

/**
 * An ID3v2.4 tag for the front of an MP3. `tags`: FFmpeg's names and values, of which those that are
 * known here go in, `comment` among them.
 */
export function id3Tag(tags: Readonly<Record<string, string>>): Buffer {
  const frames = Object.entries(tags).flatMap(([name, value]) => {
    if (value === "") return [];
    if (name === "comment") return [frame("COMM", Buffer.from(`eng\0${value}`))];
    const id = FRAMES[name];
    return id ? [frame(id, Buffer.from(value))] : [];
  });
  const body = Buffer.concat(frames);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("ID3", 0, "latin1");
  header[3] = 4;
  synchsafe(body.length).copy(header, 6);
  return Buffer.concat([header, body]);
}

function frame(id: string, text: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(id, 0, "latin1");
  synchsafe(text.length + 1).copy(header, 4);
  return Buffer.concat([header, Buffer.from([UTF8]), text]);
}

/** 28 bits in four bytes whose first bit is 0 (id3v2.4.0-structure, 6.2). */
function synchsafe(value: number): Buffer {
  return Buffer.from([21, 14, 7, 0].map((bits) => (value >> bits) & 127));
}
