import assert from "node:assert/strict";
import { test } from "node:test";
import { frameLevels } from "../signal/frame-levels.ts";
import { activeLoudness } from "../signal/loudness.ts";
import {
  assertNear,
  babble,
  joined,
  noise,
  pieces,
  rms,
  silence,
  sine,
} from "../signal/test-signals.ts";
import { createVoiceProfiler, type VoiceProfile } from "./voice-profile.ts";

const RATE = 48_000;
const room = (seconds: number, seed: number) =>
  noise({ seconds, sampleRate: RATE, amplitude: 0.002 }, seed);

/** `sound` over the noise of a room. */
function inRoom(...parts: Float32Array[]): Float32Array {
  const whole = joined(...parts);
  const noisy = room(whole.length / RATE, 5);
  return whole.map((sample, i) => sample + (noisy[i] ?? 0));
}

const speech = (seconds: number, amplitude: number) =>
  babble({ seconds, sampleRate: RATE, amplitude });
const pause = (seconds: number) => silence({ seconds, sampleRate: RATE });

function profileOf(sound: Float32Array, slot = { start: 0, end: 0 }): VoiceProfile {
  const profiler = createVoiceProfiler(RATE, [slot]);
  for (const piece of pieces(sound)) profiler.push(piece);
  return profiler.finish();
}

test("the speaker's loudness, the room's level and its tone are those of the sound", () => {
  const sound = inRoom(speech(2, 0.3), pause(1), speech(2, 0.3));
  const profile = profileOf(sound);
  assert.ok(profile.loudness !== null);
  assertNear(profile.loudness, activeLoudness(frameLevels(sound, RATE)), 0.1);
  const quiet = rms(room(1, 5));
  assertNear(10 * Math.log10(profile.noiseFloorPower), 20 * Math.log10(quiet), 1);
  assert.ok(profile.tone.length > 0);
  assertNear(20 * Math.log10(rms(profile.tone)), 20 * Math.log10(quiet), 1.5);
});

test("what lies in the slot tells nothing of the speaker", () => {
  // In the slot somebody says something louder, at another pitch.
  const shout = sine({ seconds: 1, sampleRate: RATE, amplitude: 0.08 }, 2000);
  const sound = inRoom(speech(2, 0.1), shout, speech(2, 0.1), pause(1));
  const slot = { start: 2, end: 3 };
  const without = profileOf(inRoom(speech(2, 0.1), speech(2, 0.1), pause(1)));
  const profile = profileOf(sound, slot);
  assert.ok(profile.loudness !== null && without.loudness !== null);
  assertNear(profile.loudness, without.loudness, 0.3);
  profile.bands.forEach((level, band) => {
    assertNear(level, without.bands[band] ?? 0, 1.5);
  });
  const heard = profileOf(sound).loudness;
  assert.ok(heard !== null && heard > without.loudness + 3, "though it can be heard");
});

test("where only the slot holds speech, it is what the speaker sounds like", () => {
  const profile = profileOf(inRoom(pause(1), speech(2, 0.3), pause(1)), { start: 1, end: 3 });
  assert.ok(profile.loudness !== null);
  assertNear(profile.loudness, activeLoudness(frameLevels(speech(2, 0.3), RATE)), 1);
});

test("how the sound is cut into blocks changes nothing", () => {
  const sound = inRoom(speech(1, 0.3), pause(0.5), speech(1, 0.2));
  const slot = { start: 0.4, end: 0.9 };
  const profiler = createVoiceProfiler(RATE, [slot]);
  profiler.push(sound);
  assert.deepEqual(profileOf(sound, slot), profiler.finish());
});

test("digital silence, and no sound at all, have a profile without a speaker", () => {
  for (const sound of [pause(1), new Float32Array()]) {
    const profile = profileOf(sound);
    assert.equal(profile.loudness, null);
    assert.equal(profile.noiseFloorPower, 0);
    assert.ok(profile.tone.every((sample) => sample === 0));
    assert.ok(profile.bands.every(Number.isFinite), "which JSON can hold");
  }
});
