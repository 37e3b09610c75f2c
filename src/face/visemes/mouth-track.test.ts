import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { MouthShape, Viseme, VisemeSpan } from "../../domain/face.ts";
import { createEspeak } from "../../speech/espeak/espeak.ts";
import { WIDEST_OPEN } from "./mouth-shapes.ts";
import { createMouthTrack, type MouthTrack } from "./mouth-track.ts";
import { SPOKEN_SENTENCES, type Spoken, spoken } from "./testing/spoken.ts";

const REST: MouthShape = { open: 0, wide: 0, round: 0, press: 0, teeth: 0, tongue: 0 };

/** Visemes with their lengths in ms, from 0 on. */
function course(...parts: [Viseme, number][]): VisemeSpan[] {
  let at = 0;
  return parts.map(([viseme, ms]) => {
    const start = at;
    at += ms / 1000;
    return { viseme, start, end: at };
  });
}

function times(duration: number, step: number, from = 0): number[] {
  return Array.from(
    { length: Math.floor((duration - from) / step) + 1 },
    (_, i) => from + i * step,
  );
}

const openings = (track: MouthTrack, duration: number) =>
  times(duration, 0.005).map((t) => track.at(t).open);

test("a mouth that says nothing is at rest, and so it is before and after what it says", () => {
  const silent = createMouthTrack(course(["sil", 1000]));
  for (const t of times(1.2, 0.1, -0.2)) assert.deepEqual(silent.at(t), REST);
  const track = createMouthTrack(course(["aa", 300]));
  for (const t of [-100, -0.2, 0.5, 100]) assert.deepEqual(track.at(t), REST);
  assert.deepEqual(createMouthTrack([]).at(0), REST);
});

test("an open vowel opens the mouth most, and no more than a mouth at rest allows", () => {
  const peak = (viseme: Viseme) =>
    Math.max(...openings(createMouthTrack(course([viseme, 300])), 0.3));
  assert.ok(peak("aa") > 0.25 && peak("aa") <= WIDEST_OPEN, `aa opens ${peak("aa")}`);
  assert.ok(peak("aa") > peak("O") && peak("O") > peak("E") && peak("E") > peak("I"));
});

test("a rounded vowel rounds the consonant before it, a spread one spreads it", () => {
  const shape = (vowel: Viseme) =>
    createMouthTrack(course(["sil", 200], ["DD", 60], [vowel, 200])).at(0.22);
  assert.ok(shape("U").round > 0.2, `${shape("U").round}`);
  assert.ok(shape("I").wide > 0.25, `${shape("I").wide}`);
  assert.equal(shape("I").round, 0);
});

test("the mouth is ahead of the sound by 20 ms", () => {
  const track = createMouthTrack(course(["sil", 300], ["U", 200], ["sil", 300]));
  const round = times(0.8, 0.001).map((t) => track.at(t).round);
  const rises = round.findIndex((value) => value > 0.5);
  const falls = round.findLastIndex((value) => value > 0.5);
  assert.ok(Math.abs((rises + falls) / 2 - 380) <= 2, `its middle is at ${(rises + falls) / 2} ms`);
});

test("lips meet for 60 ms in the middle of a p, however short it is", () => {
  for (const length of [15, 40, 70]) {
    const track = createMouthTrack(course(["aa", 200], ["PP", length], ["aa", 200]));
    const closed = times(0.4, 0.001).filter((t) => track.at(t).press > 0.999);
    assert.ok(Math.abs(closed.length - 61) <= 3, `${closed.length} ms closed in ${length} ms of p`);
    for (const t of closed) assert.ok(track.at(t).open < 0.001);
    const middle = ((closed[0] ?? 0) + (closed.at(-1) ?? 0)) / 2;
    assert.ok(Math.abs(middle - (0.2 + length / 2000 - 0.02)) < 0.002);
  }
});

test("the lower lip touches the teeth for an f between open vowels", () => {
  const mouth = createMouthTrack(course(["aa", 200], ["FF", 50], ["aa", 200])).at(0.205);
  assert.ok(mouth.open < 0.04 && mouth.teeth > 0.9 && mouth.press === 0, JSON.stringify(mouth));
});

test("a short pause between two open vowels does not close the mouth, a long one does", () => {
  const least = (pause: number) => {
    const track = createMouthTrack(course(["aa", 300], ["sil", pause], ["aa", 300]));
    return Math.min(...openings(track, 0.6).slice(40, -40));
  };
  assert.ok(least(30) > 0.1, `${least(30)}`);
  assert.equal(least(300), 0);
});

test("the louder half of a sound opens the mouth wider", () => {
  const sampleRate = 16_000;
  const samples = Float32Array.from(
    { length: sampleRate },
    (_, i) => (i < sampleRate / 2 ? 0.5 : 0.05) * Math.sin(i * 0.1),
  );
  const spans = course(["aa", 1000]);
  const track = createMouthTrack(spans, { audio: { samples, sampleRate } });
  const [loud, soft] = [track.at(0.25).open, track.at(0.75).open];
  assert.ok(soft < 0.75 * loud && soft > 0.5 * loud, `${loud} and ${soft}`);
  assert.ok(loud <= WIDEST_OPEN);
  const silence = { samples: new Float32Array(sampleRate), sampleRate };
  const plain = createMouthTrack(spans).at(0.5);
  assert.deepEqual(createMouthTrack(spans, { audio: silence }).at(0.5), plain);
});

describe("the mouth of the embedded voice", () => {
  const model = createEspeak();
  const all: (Spoken & { track: MouthTrack; language: string })[] = [];
  before(async () => {
    for (const language of Object.keys(SPOKEN_SENTENCES)) {
      const speech = await spoken(model, language);
      const track = createMouthTrack(speech.spans, { audio: speech.audio });
      all.push({ ...speech, track, language });
    }
  });
  after(() => model.close());

  test("has values within their ranges and no jumps", () => {
    for (const { track, duration, language } of all) {
      let last = REST;
      for (const t of times(duration + 0.3, 0.001, -0.3)) {
        const mouth = track.at(t);
        assert.ok(mouth.open >= 0 && mouth.open <= WIDEST_OPEN, `${language} open ${mouth.open}`);
        for (const name of ["round", "press", "teeth", "tongue"] as const) {
          assert.ok(mouth[name] >= 0 && mouth[name] <= 1, `${language} ${name} ${mouth[name]}`);
        }
        assert.ok(Math.abs(mouth.wide) <= 1);
        assert.ok(Math.abs(mouth.open - last.open) < 0.012, `${language} at ${t}`);
        for (const name of ["wide", "round", "press", "teeth", "tongue"] as const) {
          assert.ok(Math.abs(mouth[name] - last[name]) < 0.08, `${language} ${name} at ${t}`);
        }
        last = mouth;
      }
      assert.deepEqual(last, REST);
    }
  });

  test("moves at most 0.12 from picture to picture but into and out of a contact", () => {
    let most = 0;
    for (const { track, duration, spans } of all) {
      const contacts = spans.filter(({ viseme }) => viseme === "PP" || viseme === "FF");
      for (const t of times(duration, 0.005)) {
        if (contacts.some(({ start, end }) => t + 0.04 > start - 0.12 && t < end + 0.08)) continue;
        most = Math.max(most, Math.abs(track.at(t + 0.04).open - track.at(t).open));
      }
    }
    assert.ok(most > 0.05 && most <= 0.12, `${most}`);
  });

  for (const fps of [15, 25, 60]) {
    test(`closes for each p, b and m in one of ${fps} pictures a second, whenever they are taken`, () => {
      for (const { track, duration, spans, language } of all) {
        const closures = spans.filter(({ viseme }) => viseme === "PP");
        assert.ok(closures.length >= 7);
        for (const phase of [0, 0.25, 0.5, 0.75]) {
          const frames = times(duration, 1 / fps, phase / fps - 1 / fps);
          const closed = frames.filter((t) => {
            const { open, press } = track.at(t, 1 / fps);
            return open < 0.001 && press > 0.999;
          });
          for (const { start, end } of closures) {
            const seen = closed.some((t) => t >= start - 0.09 && t <= end + 0.05);
            assert.ok(seen, `${language}: a closure from ${start} to ${end} at phase ${phase}`);
          }
        }
      }
    });
  }

  test("opens for speech and rests in pauses", () => {
    for (const { track, spans, language } of all) {
      for (const { viseme, start, end } of spans) {
        const middle = (start + end) / 2 - 0.02;
        if (viseme === "sil" && end - start > 0.2) assert.equal(track.at(middle).open, 0);
        if (viseme === "aa" && end - start > 0.1) {
          assert.ok(
            track.at(middle).open > 0.12,
            `${language} at ${start}: ${track.at(middle).open}`,
          );
        }
      }
    }
  });

  test("is had in less than 20 µs a picture", () => {
    const { track, duration } = all[0] ?? assert.fail();
    const calls = 20_000;
    const rounds = Array.from({ length: 5 }, () => {
      const began = performance.now();
      for (let i = 0; i < calls; i++) track.at((duration * i) / calls, 0.04);
      return (1000 * (performance.now() - began)) / calls;
    });
    assert.ok(Math.min(...rounds) < 20, `${Math.min(...rounds)} µs`);
  });
});
