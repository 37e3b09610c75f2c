import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeMedia } from "../../../test/support/make-media.ts";
import { layOut, type TrackContents, unchangedTrack } from "./cells.ts";
import { type Movie, openMovie, type Track } from "./movie.ts";

let folder = "";
let bytes: Buffer;
let movie: Movie;
let sound: Track;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cells-test-"));
  const { file } = makeMedia({
    file: path.join(folder, "base.mp4"),
    container: "mp4",
    video: { codec: "h264" },
    audio: { codec: "aac", sampleRate: 48_000, channels: 1 },
    sound: [{ kind: "speech", seconds: 1.5 }],
  });
  bytes = await readFile(file);
  const opened = await openMovie(file, "base.mp4");
  if (typeof opened === "string") throw new Error(opened);
  movie = opened;
  const track = movie.tracks.find(({ handler }) => handler === "soun");
  if (!track) throw new Error("there is no sound");
  sound = track;
});
after(async () => {
  await movie.close();
  await rm(folder, { recursive: true });
});

/** Cells of the sound for packets `first..last`, with some room to spare. */
function withCells(ranges: [first: number, last: number][], lastAtEnd: boolean): TrackContents {
  const contents = unchangedTrack(sound);
  for (const [first, last] of ranges) {
    const present = contents.sizes.subarray(first, last + 1).reduce((sum, size) => sum + size, 0);
    const atEnd = lastAtEnd && last === ranges.at(-1)?.[1];
    const count = last - first + 1;
    contents.cells.push({ first, count, capacity: present + 777, atEnd, offset: 0 });
  }
  return contents;
}

function layOutWith(contents: TrackContents) {
  const tracks = movie.tracks.map((track) => (track === sound ? contents : unchangedTrack(track)));
  return layOut(tracks, movie.file);
}

for (const cellsLast of [false, true]) {
  test(`laid out ${cellsLast ? "to grow" : "in place"}, every sample is found at its new place`, () => {
    const count = sound.samples.sizes.length;
    const last = cellsLast ? count - 1 : 30;
    const contents = withCells(
      [
        [12, 20],
        [21, last],
      ],
      cellsLast,
    );
    const { cells } = contents;
    const layout = layOutWith(contents);

    // The template's media data as it would be written.
    const data = Buffer.alloc(layout.length, 0xee);
    let at = 0;
    for (const stretch of layout.stretches) {
      if (stretch.kind === "copy") {
        at += bytes.copy(data, at, stretch.from, stretch.from + stretch.length);
        continue;
      }
      const { cell } = stretch;
      assert.equal(cell.offset, at);
      let inside = at;
      for (let i = cell.first; i < cell.first + cell.count; i++) {
        const from = sound.samples.offsets[i] ?? 0;
        inside += bytes.copy(data, inside, from, from + (sound.samples.sizes[i] ?? 0));
      }
      at += cell.capacity;
    }
    assert.equal(at, layout.length);

    for (const track of movie.tracks) {
      const places = layout.offsets.get(track);
      assert.ok(places);
      for (let i = 0; i < track.samples.sizes.length; i++) {
        const [from = 0, size = 0, to = 0] = [
          track.samples.offsets[i],
          track.samples.sizes[i],
          places[i],
        ];
        const same = data.subarray(to, to + size).equals(bytes.subarray(from, from + size));
        assert.ok(same, `sample ${i} of ${track.handler}`);
      }
    }
    const end = (cells.at(-1)?.offset ?? 0) + (cells.at(-1)?.capacity ?? 0);
    assert.equal(end === layout.length, cellsLast, "only a cell that grows stands at the end");
  });
}

test("what is not in a cell keeps its order, in few stretches", () => {
  const layout = layOutWith(withCells([[12, 30]], false));
  const copied = layout.stretches.filter((stretch) => stretch.kind === "copy");
  copied.forEach(({ from }, i) => {
    assert.ok(from >= (copied[i - 1]?.from ?? 0));
  });
  const packets = 30 - 12 + 1;
  assert.ok(layout.stretches.length <= 2 * packets + 1, `${layout.stretches.length} stretches`);
});
