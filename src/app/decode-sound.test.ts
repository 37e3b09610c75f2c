import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { MediaEngine } from "../ports/media-engine.ts";
import { createSoundDecoder } from "./decode-sound.ts";

const signal = new AbortController().signal;
let folder = "";
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "decode-sound-test-"));
});
after(() => rm(folder, { recursive: true }));

/** A media engine that reads a file's bytes as its samples. */
const bytewise: Pick<MediaEngine, "decodeAudio"> = {
  async decodeAudio(file) {
    return { samples: Float32Array.from(await readFile(file)), sampleRate: 8000 };
  },
};

test("the engine gets the sound as a file that is gone afterwards", async () => {
  const decode = createSoundDecoder(bytewise, { folder });
  const many = await Promise.all(
    [[1, 2], [3]].map((bytes) => decode(Uint8Array.from(bytes), { signal })),
  );
  assert.deepEqual(
    many.map(({ samples }) => [...samples]),
    [[1, 2], [3]],
  );
  assert.deepEqual(await readdir(folder), []);
});

test("no file is left when the sound cannot be read, and the engine's error stays", async () => {
  const error = new Error("no sound");
  const decode = createSoundDecoder({ decodeAudio: () => Promise.reject(error) }, { folder });
  await assert.rejects(decode(new Uint8Array(3), { signal }), error);
  assert.deepEqual(await readdir(folder), []);
});
