import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeMedia } from "../../../test/support/make-media.ts";
import { audioPackets, videoPackets } from "../../../test/support/read-media.ts";
import { AppError } from "../../domain/app-error.ts";
import { seededRandom } from "../../signal/seeded-random.ts";
import { unchangedTrack } from "./cells.ts";
import { type Movie, openMovie, type Track } from "./movie.ts";
import { readKeySamples, readPictureTimes } from "./picture-times.ts";
import { prepareIndex } from "./template-index.ts";

let folder = "";
let good = "";
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "movie-test-"));
  good = make("good.mp4", {});
});
after(() => rm(folder, { recursive: true }));

function make(name: string, changes: Partial<Parameters<typeof makeMedia>[0]>): string {
  return makeMedia({
    file: path.join(folder, name),
    container: "mp4",
    video: { codec: "h264", bFrames: 2 },
    audio: { codec: "aac", sampleRate: 44_100, channels: 2 },
    sound: [
      { kind: "speech", seconds: 0.5 },
      { kind: "silence", seconds: 0.3 },
    ],
    ...changes,
  }).file;
}

async function opened(file: string): Promise<Movie> {
  const movie = await openMovie(file, "base.mp4");
  if (typeof movie === "string") throw new Error(movie);
  return movie;
}

function trackOf(movie: Movie, handler: string): Track {
  const track = movie.tracks.find((one) => one.handler === handler);
  if (!track) throw new Error(`there is no track ${handler}`);
  return track;
}

test("every sample of a movie is found where it lies, wherever the index stands", async () => {
  for (const moovAtEnd of [false, true]) {
    const file = make(`index-${moovAtEnd}.mp4`, { moovAtEnd });
    const bytes = await readFile(file);
    const movie = await opened(file);
    try {
      for (const [handler, packets] of [
        ["vide", videoPackets(file)],
        ["soun", audioPackets(file)],
      ] as const) {
        const { offsets, sizes } = trackOf(movie, handler).samples;
        assert.equal(sizes.length, packets.length);
        packets.forEach(({ data }, i) => {
          const [start = 0, size = 0] = [offsets[i], sizes[i]];
          assert.ok(bytes.subarray(start, start + size).equals(data), `${handler} ${i}`);
        });
      }
    } finally {
      await movie.close();
    }
  }
});

test("the sound's priming and a late start are told apart", async () => {
  for (const seconds of [0, 0.25]) {
    const file = make(`late-${seconds}.mp4`, { startDelay: { track: "audio", seconds } });
    const movie = await opened(file);
    const { delay, mediaStart, timescale } = trackOf(movie, "soun").times;
    await movie.close();
    assert.equal(timescale, 44_100);
    // In milliseconds, as the movie counts.
    const first = delay - mediaStart / timescale;
    assert.ok(Math.abs(first - (seconds - 1024 / 44_100)) < 0.001, `begins at ${first}`);
    assert.ok(Math.abs(first - (audioPackets(file)[0]?.pts ?? 0)) < 0.001);
  }
});

test("a fragmented movie is told as such, as its index lies all over the file", async () => {
  assert.equal(await openMovie(make("pieces.mp4", { fragmented: true }), "x"), "it is fragmented");
});

test("a file of another kind has no movie box", async () => {
  const file = path.join(folder, "text.mp4");
  await writeFile(file, "\0\0\0\u0010free12345678");
  assert.equal(await openMovie(file, "x"), "it has no movie box");
});

test("a missing file is told as missing", async () => {
  await assert.rejects(openMovie(path.join(folder, "none.mp4"), "x"), { code: "FILE_NOT_FOUND" });
});

/** What comes of a file that may be damaged; fails on anything but an answer or an AppError. */
async function outcome(bytes: Buffer): Promise<string> {
  const file = path.join(folder, "damaged.mp4");
  await writeFile(file, bytes);
  try {
    const movie = await openMovie(file, "damaged.mp4");
    if (typeof movie === "string") return movie;
    try {
      const sound = movie.tracks.find((track) => track.handler === "soun");
      for (const { box, samples } of movie.tracks) {
        readPictureTimes(box, samples.sizes.length);
        readKeySamples(box);
      }
      if (sound && sound.samples.sizes.length > 0) {
        const contents = unchangedTrack(sound);
        prepareIndex({ movie, sound: contents, lastCells: [], picture: null, waits: [0.1] });
      }
      return "opened";
    } finally {
      await movie.close();
    }
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

test("a movie that is cut short anywhere is refused", async () => {
  const bytes = await readFile(good);
  for (let i = 1; i < 80; i++) {
    const length = Math.floor((bytes.length * i) / 80);
    assert.match(await outcome(bytes.subarray(0, length)), /MEDIA_UNREADABLE|no movie box/);
  }
  assert.equal(await outcome(bytes), "opened");
});

test("damage anywhere in the index is an answer, never another kind of failure", async () => {
  const bytes = await readFile(good);
  const start = bytes.indexOf("moov") - 4;
  const length = bytes.readUInt32BE(start);
  const random = seededRandom(5);
  const outcomes = new Set<string>();
  for (let i = 0; i < 1500; i++) {
    const damaged = Buffer.from(bytes);
    for (let k = 0; k < 1 + (i % 4); k++) {
      const at = start + 8 + Math.floor(random() * (length - 12));
      if (random() < 0.5) damaged[at] = Math.floor(random() * 256);
      else
        damaged.writeUInt32BE([0, 1, 8, 0xffffffff, 0x7fffffff][Math.floor(random() * 5)] ?? 0, at);
    }
    outcomes.add(await outcome(damaged));
  }
  assert.ok(outcomes.has("opened") && outcomes.has("MEDIA_UNREADABLE"), [...outcomes].join("; "));
});
