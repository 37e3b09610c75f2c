import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Edit } from "../domain/edit.ts";
import { frameLevels } from "../signal/frame-levels.ts";
import { activeLoudness } from "../signal/loudness.ts";
import { assertNear, babble, joined, noise, rms, silence, sine } from "../signal/test-signals.ts";
import { composeFill, matchClip, measureSeams } from "./mix-clip.ts";
import { createVoiceProfiler, type VoiceProfile } from "./voice-profile.ts";

const RATE = 48_000;
const FADE = 576;

const loudnessOf = (samples: Float32Array) => activeLoudness(frameLevels(samples, RATE));
const samples = (seconds: number) => Math.round(seconds * RATE);

/** A speaker in a noisy room: speech, a pause of a second from 2 s on, speech. */
let base: Float32Array;
let profile: VoiceProfile;
before(() => {
  const shape = { seconds: 2, sampleRate: RATE };
  const speech = joined(babble(shape), silence({ ...shape, seconds: 1 }), babble(shape, 4));
  const room = noise({ seconds: 5, sampleRate: RATE, amplitude: 0.003 }, 2);
  base = speech.map((sample, i) => sample + (room[i] ?? 0));
  const profiler = createVoiceProfiler(RATE, []);
  profiler.push(base);
  profile = profiler.finish();
});

const clipOf = (seconds: number, amplitude: number, sampleRate = 22_050) => ({
  samples: babble({ seconds, sampleRate, amplitude }, 8),
  sampleRate,
});

describe("a clip that is matched", () => {
  for (const [length, pace] of [
    [samples(0.8), "as it is"],
    [samples(1), "slower"],
    [samples(0.8 / 1.3), "faster"],
  ] as const) {
    test(`has exactly the length asked for, ${pace}, whatever its own rate`, () => {
      for (const sampleRate of [16_000, 22_050, 44_100, 48_000]) {
        const clip = clipOf(0.8, 0.2, sampleRate);
        const sound = matchClip(clip, { profile, sampleRate: RATE, length, loudness: null });
        assert.equal(sound.length, length);
        assert.ok(rms(sound.subarray(-samples(0.1))) > 0.001, "its end is there");
      }
    });
  }

  test("comes to the speaker's loudness, up or down", () => {
    for (const amplitude of [0.12, 0.9]) {
      const sound = matchClip(clipOf(1, amplitude), {
        profile,
        sampleRate: RATE,
        length: RATE,
        loudness: { maxGainDb: 20 },
      });
      assertNear(loudnessOf(sound), profile.loudness ?? 0, 0.6);
    }
  });

  test("is raised by no more than allowed, but lowered as far as it must be", () => {
    const options = { profile, sampleRate: RATE, length: RATE };
    const soft = clipOf(1, 0.01);
    const own = loudnessOf(matchClip(soft, { ...options, loudness: null }));
    const raised = loudnessOf(matchClip(soft, { ...options, loudness: { maxGainDb: 8 } }));
    assertNear(raised - own, 8, 0.1);
    const none = { ...options, loudness: { maxGainDb: 0 } };
    assertNear(loudnessOf(matchClip(clipOf(1, 0.9), none)), profile.loudness ?? 0, 0.6);
  });

  test("never clips, and rises and falls softly at its ends", () => {
    const loud: VoiceProfile = { ...profile, loudness: -1 };
    const sound = matchClip(clipOf(1, 0.9), {
      profile: loud,
      sampleRate: RATE,
      length: RATE,
      loudness: { maxGainDb: 40 },
    });
    assert.ok(sound.every((sample) => Math.abs(sample) <= 1));
    assertNear(sound[0] ?? 1, 0, 0.05);
    assertNear(sound.at(-1) ?? 1, 0, 0.05);
  });

  test("keeps its own loudness where nobody speaks in the base", () => {
    const options = { profile: { ...profile, loudness: null }, sampleRate: RATE, length: RATE };
    const sound = matchClip(clipOf(1, 0.2), { ...options, loudness: { maxGainDb: 8 } });
    assert.deepEqual(sound, matchClip(clipOf(1, 0.2), { ...options, loudness: null }));
  });

  test("of a few samples or of silence is no failure", () => {
    const options = { profile, sampleRate: RATE, loudness: { maxGainDb: 8 } };
    const short = { samples: Float32Array.of(0.1, -0.1, 0.1), sampleRate: RATE };
    assert.equal(matchClip(short, { ...options, length: 3 }).length, 3);
    const still = { samples: new Float32Array(RATE), sampleRate: RATE };
    assert.ok(matchClip(still, { ...options, length: RATE }).every((sample) => sample === 0));
  });
});

/** An edit of the base that puts a tone into its pause. */
function pauseEdit(changes: Partial<Edit> = {}): Edit {
  const cut = { start: samples(2.1), end: samples(2.9) };
  const fill = { length: cut.end - cut.start, clipStart: 4000, clipLength: 20_000 };
  return { cut, fill, fade: FADE, ...changes };
}

/** The base with the edit done. */
function edited(edit: Edit, clip: Float32Array, channels = 1) {
  const { cut, fade } = edit;
  const context = {
    before: Array.from({ length: channels }, () => base.slice(cut.start, cut.start + fade)),
    after: Array.from({ length: channels }, () => base.slice(cut.end - fade, cut.end)),
  };
  const filled = composeFill(edit, clip, context, profile);
  return filled.map((fill) => joined(base.subarray(0, cut.start), fill, base.subarray(cut.end)));
}

const tone = (length: number) =>
  sine({ seconds: length / RATE, sampleRate: RATE, amplitude: 0.2 }, 440);

describe("a fill", () => {
  test("is the clip at its place, in room tone as loud as the room's, in every channel", () => {
    const edit = pauseEdit();
    const clip = tone(edit.fill.clipLength);
    const [left, right] = edited(edit, clip, 2);
    assert.ok(left && right);
    assert.deepEqual(left, right);
    assert.equal(left.length, base.length);
    const start = edit.cut.start + edit.fill.clipStart;
    for (let i = 0; i < clip.length; i++) {
      assertNear(left[start + i] ?? 0, clip[i] ?? 0, 0.02);
    }
    const quiet = left.subarray(start + clip.length, edit.cut.end - FADE);
    assertNear(20 * Math.log10(rms(quiet)), 10 * Math.log10(profile.noiseFloorPower), 2);
  });

  test("passes from the base and back to it within the fades", () => {
    const edit = pauseEdit();
    const [sound] = edited(edit, tone(edit.fill.clipLength));
    assert.ok(sound);
    const { start, end } = edit.cut;
    assertNear(sound[start] ?? 0, base[start] ?? 0, 0.0005);
    assertNear(sound[end - 1] ?? 0, base[end - 1] ?? 0, 0.0005);
  });

  test("at the beginning of the base, nothing of what was cut is left before the name", () => {
    const cut = { start: 0, end: samples(0.5) };
    const edit = pauseEdit({ cut, fill: { length: cut.end, clipStart: FADE, clipLength: 9000 } });
    const loud = new Float32Array(FADE).fill(0.9);
    const context = { before: [loud], after: [new Float32Array(FADE)] };
    const [fill] = composeFill(edit, tone(9000), context, profile);
    assert.ok(fill?.subarray(0, FADE).every((sample) => Math.abs(sample) < 0.02));
  });

  test("longer or shorter than the cut, and shorter than two fades, has its own length", () => {
    for (const length of [100, 1000, 60_000]) {
      const edit = pauseEdit({ fill: { length, clipStart: 10, clipLength: 50 } });
      const [sound] = edited(edit, tone(50));
      assert.equal(sound?.length, base.length + length - (edit.cut.end - edit.cut.start));
    }
  });

  test("is the same whenever it is made", () => {
    const edit = pauseEdit();
    const clip = tone(edit.fill.clipLength);
    assert.deepEqual(edited(edit, clip), edited(edit, clip));
  });
});

describe("seams", () => {
  const options = () => ({ profile, sampleRate: RATE });

  test("of a name matched to the speaker are good", () => {
    const edit = pauseEdit();
    const clip = matchClip(clipOf(20_000 / RATE, 0.4), {
      ...options(),
      length: edit.fill.clipLength,
      loudness: { maxGainDb: 20 },
    });
    const seams = measureSeams(edited(edit, clip), edit.cut.start, edit, options());
    assert.ok(seams.clickDb <= -3, `a click of ${seams.clickDb} dB`);
    assert.ok(seams.loudnessLu <= 1, `${seams.loudnessLu} LU off`);
    assert.ok(seams.noiseFloorDb <= 3, `a floor ${seams.noiseFloorDb} dB off`);
  });

  test("tell of a click at a joint, of a name too loud, and of a hole in the room", () => {
    const edit = pauseEdit();
    const clip = tone(edit.fill.clipLength);
    const good = measureSeams(edited(edit, clip), edit.cut.start, edit, options());

    const clicking = edited(edit, clip);
    const at = edit.cut.start + FADE / 2;
    if (clicking[0]) clicking[0][at] = 0.5;
    const click = measureSeams(clicking, edit.cut.start, edit, options());
    assert.ok(click.clickDb > good.clickDb + 10);

    const loud = edited(
      edit,
      clip.map((sample) => 4 * sample),
    );
    assert.ok(measureSeams(loud, edit.cut.start, edit, options()).loudnessLu > good.loudnessLu + 6);

    const hole = edited(edit, clip);
    hole[0]?.fill(0, edit.cut.end - samples(0.2), edit.cut.end - FADE);
    assert.ok(measureSeams(hole, edit.cut.start, edit, options()).noiseFloorDb > 6);
  });

  test("at the ends of the sound are none", () => {
    const cut = { start: 0, end: samples(0.5) };
    const edit = pauseEdit({ cut, fill: { length: cut.end, clipStart: 0, clipLength: cut.end } });
    const whole = sine({ seconds: 0.5, sampleRate: RATE, amplitude: 0.2 }, 440);
    assert.equal(measureSeams([whole], 0, edit, options()).clickDb, -120);
  });
});
