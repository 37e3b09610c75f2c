import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before } from "node:test";
import { createSoundDecoder } from "../../../src/app/decode-sound.ts";
import { type Audio, durationOf } from "../../../src/domain/audio.ts";
import { createMediaEngine, type PooledMediaEngine } from "../../../src/media/media-engine.ts";
import type { DecodeSound } from "../../../src/speech/remote/decode-sound.ts";
import type { StandIn } from "./stand-in.ts";

export type RemoteSpeech = {
  /** As the product reads what a provider sends: by the real media engine. */
  decode: DecodeSound;
  /** For `decodeAudio` of a file. */
  decodeFile: (file: string, signal: AbortSignal) => Promise<Audio>;
  /** For temporary files of a test. */
  folder(): string;
  /** Names of files left behind by decoding. */
  left(): Promise<string[]>;
};

/** What tests of remote speech need, for the whole of a test file. */
export function useRemoteSpeech(): RemoteSpeech {
  let folder = "";
  let media: PooledMediaEngine;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "remote-speech-test-"));
    media = createMediaEngine({ workers: 1 });
  });
  after(async () => {
    await media.close();
    await rm(folder, { recursive: true });
  });
  return {
    decode: (sound, options) => createSoundDecoder(media, { folder })(sound, options),
    decodeFile: (file, signal) => media.decodeAudio(file, { signal }),
    folder: () => folder,
    left: () => readdir(folder),
  };
}

/** A stand-in that is started before the tests of a file and closed after them. */
export function useStandIn(start: () => Promise<StandIn>): () => StandIn {
  let server: StandIn;
  before(async () => {
    server = await start();
  });
  after(() => server.close());
  return () => server;
}

/** What a test waits with. */
export const noWait = async (): Promise<void> => {};

/** A tone's length is right, within what MP3 adds around it. */
export function assertSeconds(audio: Audio, expected: number, tolerance = 0.08): void {
  const actual = durationOf(audio);
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} s, expected ${expected} s`);
}
