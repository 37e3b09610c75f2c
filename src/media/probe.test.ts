import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { addTracks, type ExtraTrack } from "../../test/support/add-tracks.ts";
import { makeMedia } from "../../test/support/make-media.ts";
import { DEFAULT_MEDIA_LIMITS } from "./media-limits.ts";
import { probe } from "./probe.ts";

const folder = mkdtempSync(path.join(tmpdir(), "vocative-probe-"));
after(() => rmSync(folder, { recursive: true }));

const base = path.join(folder, "base.mp4");
before(() => {
  makeMedia({
    file: base,
    container: "mp4",
    video: { codec: "h264", width: 160, height: 120 },
    audio: { codec: "aac", sampleRate: 44_100, channels: 1 },
    sound: [{ kind: "speech", seconds: 1 }],
  });
});

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
}

function refuses(name: string, code: string, message: RegExp, limits = {}): void {
  assert.throws(
    () => probe(path.join(folder, name), { ...DEFAULT_MEDIA_LIMITS, ...limits }),
    { name: "AppError", code, message },
    name,
  );
}

test("a sound file within the limits passes, also right at them", () => {
  const { duration, video, audio } = probe(base);
  assert.ok(Math.abs(duration - 1) < 0.1);
  assert.deepEqual([video?.width, video?.height, audio?.codec], [160, 120, "aac"]);
  const limits = { side: 160, pixels: 160 * 120, seconds: duration, streams: 2 };
  assert.equal(probe(base, limits).duration, duration);
});

test("what is no container that is opened is a type that is not allowed", () => {
  const message = / is not a video or audio file that can be read .*; supported are MP4/;
  for (const [name, content] of Object.entries({
    "text.mp4": "Dear customer,\n".repeat(100),
    "list.mp4": `#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n${base}\n#EXT-X-ENDLIST\n`,
    "concat.mp4": `ffconcat version 1.0\nfile '${base}'\n`,
    "session.mp4":
      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "page.mp4": "<!doctype html><html><body>Not found</body></html>",
    "flash.mp4": Buffer.concat([Buffer.from("FLV\x01\x05\0\0\0\x09", "latin1"), Buffer.alloc(99)]),
    "photo.mp4": Buffer.concat([
      Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
      Buffer.alloc(99),
    ]),
  })) {
    file(name, content);
    refuses(name, "MEDIA_TYPE_NOT_ALLOWED", message);
  }
});

test("what looks like such a container and cannot be read is unreadable", () => {
  const bytes = readFileSync(base);
  file("cut.mp4", bytes.subarray(0, 60));
  file("empty.mp4", "");
  file("header.wav", wavHeader());
  refuses("cut.mp4", "MEDIA_UNREADABLE", /cut\.mp4 /);
  refuses("empty.mp4", "MEDIA_UNREADABLE", /empty\.mp4 is not a video or audio file/);
  refuses("header.wav", "MEDIA_UNREADABLE", /header\.wav holds neither pictures nor sound/);
});

/** A header of PCM sound with no sample behind it. */
function wavHeader(): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF");
  header.writeUInt32LE(36, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  return header;
}

test("every limit names the value and the limit", () => {
  const refused = (limits: object, message: RegExp) =>
    refuses("base.mp4", "MEDIA_TOO_LARGE", message, limits);
  refused({ side: 159 }, /the picture of base\.mp4 has 160×120 pixels, at most 159 a side/);
  refused({ pixels: 19_199 }, /has 160×120 pixels, .* and 0\.019199 million are allowed/);
  refused({ seconds: 0.5 }, /base\.mp4 lasts 1 s, at most 0\.5 s are allowed/);
  refused({ streams: 1 }, /base\.mp4 has 2 tracks, at most 1 are allowed/);
});

test("a picture of 42 megapixels and a file of 33 tracks are too large by default", () => {
  makeMedia({
    file: path.join(folder, "huge.mp4"),
    container: "mp4",
    video: { codec: "h264", width: 8192, height: 5120, frameRate: 5 },
    audio: null,
    sound: [{ kind: "silence", seconds: 0.2 }],
  });
  refuses("huge.mp4", "MEDIA_TOO_LARGE", /8192×5120 pixels, at most 8192 a side and 40 million/);
  const extra = (count: number) =>
    Array.from({ length: count }, (): ExtraTrack => ({ kind: "text", lines: ["a"] }));
  const most = path.join(folder, "32.mp4");
  addTracks({ file: base, to: most, container: "mp4", extra: extra(30) });
  assert.equal(probe(most).video?.width, 160);
  const many = path.join(folder, "33.mp4");
  addTracks({ file: base, to: many, container: "mp4", extra: extra(31) });
  refuses("33.mp4", "MEDIA_TOO_LARGE", /33\.mp4 has 33 tracks, at most 32 are allowed/);
  addTracks({ file: base, to: path.join(folder, "300.mp4"), container: "mp4", extra: extra(298) });
  refuses("300.mp4", "MEDIA_TOO_LARGE", /300\.mp4 has far more tracks, at most 32/);
});
