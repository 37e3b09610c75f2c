import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { AppError } from "../../domain/app-error.ts";
import type { Fragment } from "../../media/fmp4/fragment.ts";
import { initSegment } from "../../media/fmp4/init-segment.ts";
import type { MovieTracks } from "../../media/fmp4/tracks.ts";
import { wholeMovie } from "../../media/fmp4/whole-movie.ts";
import { openInput } from "../../media/libav/input.ts";
import { createPlaneDecoder } from "../../media/libav/plane-decoder.ts";
import { mixDown, timelineAudio } from "../../media/libav/timeline-audio.ts";
import { drawAvatar } from "../avatar/draw-avatar.ts";
import { type Answer, createAnswer } from "./answer.ts";
import { createIdleClip } from "./idle-clip.ts";
import type { LiveWork } from "./live-work.ts";
import { createOpenPortraits } from "./open-portraits.ts";

const FPS = 25;
const RATE = 22_050;
const LEAD = 1024 / 48_000;
const never = new AbortController().signal;

const portraits = createOpenPortraits();
let folder = "";
let tracks: MovieTracks;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "vocative-live-"));
  tracks = portraits.open("avatar", { still: drawAvatar(128), fps: FPS });
});
after(() => rmSync(folder, { recursive: true }));

function used() {
  const found = portraits.use("avatar");
  assert.ok(found);
  return found;
}

async function turns(work: LiveWork, fragments: Fragment[], signal = never) {
  for (let done = false; !done; ) {
    done = await work.turn((fragment) => void fragments.push(fragment), signal);
  }
}

/** A tone of 200 Hz. */
function tone(seconds: number, level = 0.3) {
  const samples = Float32Array.from(
    { length: Math.round(seconds * RATE) },
    (_, i) => level * Math.sin((2 * Math.PI * 200 * i) / RATE),
  );
  return { samples, sampleRate: RATE };
}

const vowels = (seconds: number) => [{ symbol: "a", start: 0, end: seconds }];

async function answered(steps: (answer: Answer, make: () => Promise<void>) => Promise<void>) {
  const fragments: Fragment[] = [];
  using answer = createAnswer({ ...used(), seed: 3 });
  await steps(answer, () => turns(answer, fragments));
  answer.go({ kind: "end" });
  await turns(answer, fragments);
  return fragments;
}

function fileOf(name: string, pieces: Uint8Array[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, Buffer.concat(pieces));
  return file;
}

function fragmented(name: string, fragments: Fragment[]): string {
  return fileOf(name, [initSegment(tracks), ...fragments.map(({ bytes }) => bytes)]);
}

function soundOf(file: string): Float32Array {
  using input = openInput(file);
  return Float32Array.from([...timelineAudio(input, undefined)].flatMap((b) => [...mixDown(b)]));
}

function lumaOf(file: string): Buffer[] {
  using input = openInput(file);
  assert.ok(input.video);
  using decoder = createPlaneDecoder(input.video);
  const pictures: Buffer[] = [];
  for (const packet of input.packets()) {
    if (packet.streamIndex !== input.video.index) continue;
    const data = Buffer.from(packet.data ?? []);
    for (const { bytes } of decoder.decode({ data, pts: Number(packet.pts) })) {
      pictures.push(Buffer.from(bytes.subarray(0, 128 * 128)));
    }
  }
  for (const { bytes } of decoder.finish())
    pictures.push(Buffer.from(bytes.subarray(0, 128 * 128)));
  return pictures;
}

function timesOf(file: string) {
  using input = openInput(file);
  const times: { pictures: number[]; sounds: number[] } = { pictures: [], sounds: [] };
  for (const packet of input.packets()) {
    const kind = packet.streamIndex === input.video?.index ? "pictures" : "sounds";
    times[kind].push(Number(packet.pts));
  }
  return times;
}

/** Mean difference, levels of 8 bits. */
function difference(a: Buffer | undefined, b: Buffer | undefined): number {
  assert.ok(a && b);
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}

describe("an answer", () => {
  test("is fragments in which picture and sound of one stretch follow each other without a gap", async () => {
    const fragments = await answered(async (answer, make) => {
      answer.go({ kind: "say", audio: tone(1), phonemes: vowels(1) });
      await make();
      answer.go({ kind: "wait", seconds: 0.3 });
      await make();
      answer.go({ kind: "say", audio: tone(0.7) });
      await make();
    });
    const counts = fragments.map(({ pictures }) => pictures.length);
    assert.deepEqual(counts.slice(0, 5), [1, 1, 1, 1, 1]);
    assert.ok(counts.every((count) => count >= 1 && count <= 5));
    let shown = 0;
    let heard = 0;
    for (const { pictures, sounds } of fragments) {
      shown += pictures.length / FPS;
      heard += sounds.reduce((sum, { duration }) => sum + duration, 0) / 48_000;
      assert.ok(heard >= shown - 1e-9 && heard < shown + 0.0214, `${heard} beside ${shown}`);
    }
    const frames = Math.ceil((LEAD + 2 + 0.5) * FPS);
    assert.equal(Math.round(shown * FPS), frames);
    const { pictures, sounds } = timesOf(fragmented("plain.mp4", fragments));
    assert.deepEqual(
      pictures,
      Array.from({ length: frames }, (_, i) => i * 512),
    );
    assert.deepEqual(
      sounds,
      Array.from({ length: sounds.length }, (_, i) => i * 1024),
    );
    assert.ok(Math.abs(heard - shown) < 1e-6, "the sound ends with the picture");
    assert.equal(lumaOf(path.join(folder, "plain.mp4")).length, frames);
  });

  test("has every sound at its place to the sample, and nothing before it", async () => {
    const click = { samples: new Float32Array(48_000), sampleRate: 48_000 };
    click.samples[12_345] = 0.9;
    const fragments = await answered(async (answer, make) => {
      const { start, end } = answer.go({ kind: "say", audio: click });
      assert.deepEqual([start, end], [LEAD, LEAD + 1]);
      await make();
    });
    for (const file of [
      fragmented("click.mp4", fragments),
      fileOf("click-whole.mp4", wholeMovie(tracks, fragments)),
    ]) {
      const sound = soundOf(file);
      const loudest = sound.reduce(
        (best, x, i) => (Math.abs(x) > Math.abs(sound[best] ?? 0) ? i : best),
        0,
      );
      assert.ok(Math.abs(loudest - (1024 + 12_345)) <= 1, `${loudest}`);
      assert.ok(sound.subarray(0, 8000).every((value) => Math.abs(value) < 0.002));
    }
  });

  test("joins clauses without a gap and without a click", async () => {
    const fragments = await answered(async (answer, make) => {
      const first = answer.go({ kind: "say", audio: tone(0.8) });
      await make();
      const second = answer.go({ kind: "say", audio: tone(0.8) });
      assert.equal(second.start, first.end);
      await make();
    });
    const sound = soundOf(fragmented("joined.mp4", fragments));
    const joint = Math.round((LEAD + 0.8) * 48_000);
    const steepest = (from: number, to: number) =>
      sound
        .subarray(from, to)
        .reduce((most, x, i) => Math.max(most, Math.abs(x - (sound[from + i - 1] ?? 0))), 0);
    assert.ok(steepest(joint - 960, joint + 960) < 1.5 * steepest(9600, 28_800));
    const loud = (from: number) => Math.hypot(...sound.subarray(from, from + 480)) / Math.sqrt(480);
    for (let at = joint - 1440; at < joint + 960; at += 480) assert.ok(loud(at) > 0.1, `${at}`);
  });

  test("begins and ends with the idle clip's first picture, and the clip joins itself", async () => {
    const fragments = await answered(async (answer, make) => {
      answer.go({ kind: "say", audio: tone(1.5), phonemes: vowels(1.5) });
      await make();
    });
    const { portrait, pictures, release } = used();
    using clip = createIdleClip({ portrait, pictures });
    const idle: Fragment[] = [];
    await turns(clip, idle);
    release();
    const rest = lumaOf(fileOf("idle.mp4", wholeMovie({ pictures: tracks.pictures }, idle)));
    assert.equal(rest.length, 6 * FPS);
    const shown = lumaOf(fragmented("seams.mp4", fragments));
    const talking = difference(shown[20], rest[0]);
    const begin = difference(shown[0], rest[0]);
    const end = difference(shown.at(-1), rest[0]);
    const loop = difference(rest.at(-1), rest[0]);
    assert.ok(begin < 0.1, `begin ${begin}`);
    assert.ok(end < 1.2 && loop < 1.5, `end ${end}, loop ${loop}`);
    assert.ok(talking > 1.2 * end, `the mouth was open in between: ${talking}, ${end}`);
  });

  test("stops between two frames when nobody waits for it any more", async () => {
    using answer = createAnswer({ ...used(), seed: 1 });
    answer.go({ kind: "say", audio: tone(3) });
    const controller = new AbortController();
    const fragments: Fragment[] = [];
    const stopped = answer.turn((fragment) => {
      fragments.push(fragment);
      controller.abort();
    }, controller.signal);
    await assert.rejects(
      stopped,
      (error) => error instanceof AppError && error.code === "CANCELLED",
    );
    assert.equal(fragments.length, 1);
  });

  test("says nothing more after its end", async () => {
    using answer = createAnswer({ ...used(), seed: 1 });
    answer.go({ kind: "end" });
    assert.throws(() => answer.go({ kind: "wait", seconds: 1 }), /has ended/);
  });
});
