import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { createOtherVoices, withNoise } from "../../../test/support/other-voices.ts";
import { type Audio, durationOf } from "../../domain/audio.ts";
import type { VisemeSpan } from "../../domain/face.ts";
import { joined, noise, silence } from "../../signal/test-signals.ts";
import { correlation } from "../../signal/testing/correlation.ts";
import { createEspeak } from "../../speech/espeak/espeak.ts";
import { createMouthTrack } from "./mouth-track.ts";
import { fromArpabet } from "./testing/arpabet.ts";
import { SPOKEN_SENTENCES, spoken } from "./testing/spoken.ts";
import { visemesOfPhonemes } from "./visemes-of-phonemes.ts";
import { visemesOfSound } from "./visemes-of-sound.ts";

/** Correlation of the mouth's opening in two courses, by pictures of 25 a second. */
function likeness(found: VisemeSpan[], known: VisemeSpan[], lag = 0): number {
  const [a, b] = [createMouthTrack(found), createMouthTrack(known)];
  const duration = known.at(-1)?.end ?? 0;
  const times = Array.from({ length: Math.floor(duration * 25) }, (_, i) => i / 25);
  return correlation(
    times.map((t) => a.at(t + lag).open),
    times.map((t) => b.at(t).open),
  );
}

const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

describe("visemes of a sound alone", () => {
  const model = createEspeak();
  after(() => model.close());

  test("open the mouth as its phonemes do, in voices and languages, and not a picture later", async () => {
    const found: { like: number; early: number; late: number }[] = [];
    for (const language of Object.keys(SPOKEN_SENTENCES)) {
      for (const variant of ["", "+f3"]) {
        const { audio, spans } = await spoken(model, language, variant);
        const heard = visemesOfSound(audio);
        const like = likeness(heard, spans);
        assert.ok(like > 0.4, `${language}${variant}: ${like}`);
        const [early, late] = [likeness(heard, spans, 0.04), likeness(heard, spans, -0.04)];
        found.push({ like, early, late });
      }
    }
    const like = mean(found.map((one) => one.like));
    assert.ok(like >= 0.7, `mean ${like}`);
    assert.ok(like > 0.1 + mean(found.map(({ early }) => early)));
    assert.ok(like > 0.1 + mean(found.map(({ late }) => late)));
  });

  test("open the mouth so too for voices of another engine that were never learned", async () => {
    const voices = await createOtherVoices();
    try {
      const text = SPOKEN_SENTENCES["en"] ?? "";
      const found = (["awb", "kal16"] as const).map((voice) => {
        const { audio, phones } = voices.phones(text, voice);
        const spans = visemesOfPhonemes(fromArpabet(phones), durationOf(audio));
        return likeness(visemesOfSound(audio), spans);
      });
      assert.ok(mean(found) >= 0.62, `mean ${mean(found)}`);
    } finally {
      voices.close();
    }
  });

  test("are much the same at other loudness and with noise", async () => {
    const { audio, spans } = await spoken(model, "en");
    const { samples, sampleRate } = audio;
    const soft = { samples: samples.map((x) => x * 0.05), sampleRate };
    assert.ok(likeness(visemesOfSound(soft), spans) > 0.65);
    const noisy = withNoise(audio, 25);
    assert.ok(
      likeness(visemesOfSound(noisy), spans) > 0.5,
      `${likeness(visemesOfSound(noisy), spans)}`,
    );
  });

  test("are much the same at the rates that providers have", async () => {
    const { audio, spans } = await spoken(model, "en");
    for (const sampleRate of [16_000, 24_000, 44_100, 48_000]) {
      const like = likeness(visemesOfSound(resampled(audio, sampleRate)), spans);
      assert.ok(like > 0.6, `${sampleRate} Hz: ${like}`);
    }
    const telephone = likeness(visemesOfSound(resampled(audio, 8000)), spans);
    assert.ok(telephone > 0.4, `8000 Hz: ${telephone}`);
  });

  test("are had in a small part of the sound's time", async () => {
    const { audio, duration } = await spoken(model, "en");
    visemesOfSound(audio);
    const began = performance.now();
    visemesOfSound(audio);
    const share = (performance.now() - began) / 1000 / duration;
    assert.ok(share < 0.1, `${share} of its time`);
  });
});

test("spans follow one another from 0 to the end of the sound", async () => {
  const sampleRate = 16_000;
  const samples = joined(
    silence({ seconds: 0.3, sampleRate }),
    noise({ seconds: 0.3, sampleRate, amplitude: 0.2 }),
    silence({ seconds: 0.4037, sampleRate }),
  );
  const spans = visemesOfSound({ samples, sampleRate });
  assert.equal(spans[0]?.start, 0);
  assert.equal(spans.at(-1)?.end, samples.length / sampleRate);
  for (const [i, { start, end, viseme }] of spans.entries()) {
    assert.equal(start, spans[i - 1]?.end ?? 0);
    assert.ok(end > start && viseme !== spans[i - 1]?.viseme);
  }
});

test("silence is a mouth at rest, and of no sound there is nothing", () => {
  const sampleRate = 22_050;
  const samples = silence({ seconds: 1, sampleRate });
  assert.deepEqual(visemesOfSound({ samples, sampleRate }), [{ viseme: "sil", start: 0, end: 1 }]);
  assert.deepEqual(visemesOfSound({ samples: new Float32Array(), sampleRate }), []);
});

/** By straight lines between the samples: good enough where no test listens to it. */
function resampled({ samples, sampleRate }: Audio, rate: number): Audio {
  const length = Math.floor((samples.length * rate) / sampleRate);
  return {
    samples: Float32Array.from({ length }, (_, i) => {
      const position = (i * sampleRate) / rate;
      const index = Math.floor(position);
      const before = samples[index] ?? 0;
      return before + (position - index) * ((samples[index + 1] ?? before) - before);
    }),
    sampleRate: rate,
  };
}
