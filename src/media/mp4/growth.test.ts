import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeMedia } from "../../../test/support/make-media.ts";
import { videoPacketHashes } from "../../../test/support/read-media.ts";
import { type Cell, planCells } from "./cells.ts";
import { type GrowthFields, growthPatches } from "./growth.ts";
import { type Movie, openMovie, type Track } from "./movie.ts";
import { readDurations, readField, readMovieHeader } from "./movie-times.ts";
import { type WrittenTemplate, writeTemplate } from "./write-template.ts";

const RATE = 48_000;
const FRAME = 1024;
const FIRST = 20;
const PACKET = Buffer.alloc(300, 0xab);

let folder = "";
let base = "";
let template: Buffer;
let written: WrittenTemplate & { growth: GrowthFields };
let lastCell: Cell;
/** Of the base's sound. */
let sizes: Uint32Array;
/** Of the base, seconds. */
let baseEnd = 0;

async function open(file: string): Promise<Movie> {
  const movie = await openMovie(file, path.basename(file));
  if (typeof movie === "string") throw new Error(movie);
  return movie;
}

function trackOf(movie: Movie, handler: string): Track {
  const track = movie.tracks.find((one) => one.handler === handler);
  if (!track) throw new Error(`there is no track ${handler}`);
  return track;
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "growth-test-"));
  base = makeMedia({
    file: path.join(folder, "base.mp4"),
    container: "mp4",
    video: { codec: "h264", bFrames: 2 },
    audio: { codec: "aac", sampleRate: RATE, channels: 1 },
    sound: [{ kind: "speech", seconds: 1.2 }],
  }).file;
  const movie = await open(base);
  const track = trackOf(movie, "soun");
  sizes = track.samples.sizes;
  baseEnd = readField(track.times.trackDuration) / movie.timescale;
  const cells = planCells(track, FIRST, sizes.length - 1, 600);
  const file = path.join(folder, "template.mp4");
  const made = await writeTemplate({ file, movie, track, sampleRate: RATE, cells, growable: true });
  await movie.close();
  const cell = cells.at(-1);
  if (!made.growth || !cell) throw new Error("it cannot grow");
  written = { ...made, growth: made.growth };
  lastCell = cell;
  template = await readFile(file);
});
after(() => rm(folder, { recursive: true }));

/** The template with `extra` packets at its end, as a render would write it. */
async function grown(extra: number, lastLength: number): Promise<string> {
  const kept = sizes.slice(lastCell.first).reduce((sum, size) => sum + size, 0);
  const data = template.subarray(0, lastCell.offset + kept);
  const bytes = Buffer.concat([data, ...Array.from({ length: extra }, () => PACKET)]);
  const mediaSamples = (sizes.length + extra - 1) * FRAME + lastLength;
  const patches = growthPatches(written.growth, {
    packets: extra,
    end: mediaSamples - FRAME, // what the encoder put in front is not heard
    lastLength,
    mediaSamples,
    sampleRate: RATE,
    mediaDataBytes: bytes.length - template.length,
  });
  for (const { offset, bytes: patch } of patches) patch.copy(bytes, offset);
  let at = written.sizesOffset + 4 * (sizes.length - FIRST);
  for (let i = 0; i < extra; i++) at = bytes.writeUInt32BE(PACKET.length, at);
  bytes.writeUInt32BE(written.growth.spareBytes - 4 * extra, at);
  bytes.write("free", at + 4, "latin1");
  const file = path.join(folder, `grown-${extra}.mp4`);
  await writeFile(file, bytes);
  return file;
}

test("a template that did not grow is a whole movie with every sample of the base", async () => {
  const file = path.join(folder, "template.mp4");
  const movie = await open(file);
  assert.deepEqual(trackOf(movie, "soun").samples.sizes, sizes);
  await movie.close();
  assert.deepEqual(videoPacketHashes(file), videoPacketHashes(base));
});

for (const extra of [1, 40, 2000]) {
  test(`${extra} more packets are counted, placed and timed in every table`, async () => {
    const file = await grown(extra, 500);
    const bytes = await readFile(file);
    const movie = await open(file);
    const sound = trackOf(movie, "soun");
    const picture = trackOf(movie, "vide");
    const header = readMovieHeader(movie.moov);
    await movie.close();

    const count = sizes.length + extra;
    assert.equal(sound.samples.sizes.length, count);
    for (let i = sizes.length; i < count; i++) {
      const [at = 0, size = 0] = [sound.samples.offsets[i], sound.samples.sizes[i]];
      assert.ok(bytes.subarray(at, at + size).equals(PACKET), `packet ${i}`);
    }
    assert.deepEqual(readDurations(sound.box), [
      { count: count - 1, delta: FRAME },
      { count: 1, delta: 500 },
    ]);
    assert.equal(readField(sound.times.mediaDuration), (count - 1) * FRAME + 500);

    const end = ((count - 2) * FRAME + 500) / RATE;
    const shown = (ticks: number) => ticks / movie.timescale;
    for (const field of [
      sound.times.trackDuration,
      picture.times.trackDuration,
      header?.duration,
    ]) {
      assert.ok(field && Math.abs(shown(readField(field)) - end) < 0.002, "the end is told alike");
    }
    const { mediaDuration, timescale } = picture.times;
    const durations = readDurations(picture.box) ?? [];
    const summed = durations.reduce((sum, { count: frames, delta }) => sum + frames * delta, 0);
    assert.ok(Math.abs(summed / timescale - end) < 0.2, "the last picture is held");
    assert.ok(Math.abs(readField(mediaDuration) - summed) <= timescale / 10);
    assert.deepEqual(videoPacketHashes(file), videoPacketHashes(base));
  });
}

test("a picture that lasts longer than the sound is not held", async () => {
  const patches = growthPatches(written.growth, {
    packets: 0,
    end: Math.floor((baseEnd / 2) * RATE),
    lastLength: FRAME,
    mediaSamples: 100,
    sampleRate: RATE,
    mediaDataBytes: 0,
  });
  const [picture] = written.growth.pictures;
  assert.ok(picture?.lastSample);
  assert.ok(patches.every(({ offset }) => offset !== picture.lastSample?.offset));
});
