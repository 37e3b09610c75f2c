import assert from "node:assert/strict";
import { test } from "node:test";
import { noise } from "../../../signal/test-signals.ts";
import { MEL_BANDS, MEL_LEAST, MEL_RATE, wav2lipMel } from "./mel.ts";

const COLUMNS = [0, 1, 7, 13, 15, 20, 26, 33, 44, 45];
/**
 * librosa 0.11.0 with numpy 2.4.6 of `sweep()`, by band, at COLUMNS: `librosa.stft` (n_fft and win_length
 * 800, hop_length 200, pad_mode "reflect") of x[n] − 0.97·x[n−1] in double precision, its magnitude through
 * `librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55, fmax=7600)`, and in numpy
 * clip(8 (20 log10(max(1e-5, x)) − 20 + 100) / 100 − 4, −4, 4).
 */
const LIBROSA: Record<number, number[]> = {
  0: [-0.33129, -0.79897, -2.43354, -2.49341, -1.74236, -4, -3.5306, -2.4414, -1.14166, -0.68541],
  7: [-1.27205, -0.35575, -1.7405, -2.2377, -1.0298, -4, -1.73263, -1.60186, -1.19306, -0.73963],
  19: [
    -1.67304, -0.96977, -1.23905, -1.04358, -0.16465, -4, -0.77241, -1.35236, -1.28679, -1.32519,
  ],
  33: [-0.5083, -0.65726, -0.9544, -0.60837, 0.36074, -4, 0.08449, -1.1362, -0.81097, -0.36225],
  52: [-0.27973, -0.14731, -0.28183, -0.16845, -0.29663, -4, 0.02453, -0.34946, -0.00956, -0.01382],
  66: [-0.15471, -0.12691, -0.05714, -0.05696, -0.01265, -4, 0.04401, -0.07472, 0.10991, -0.05017],
  79: [0.135, 0.32736, 0.38584, 0.11437, 0.11756, -4, 0.14695, 0.24289, 0.29797, 0.20093],
};

/** A rising tone that swells and fades, in noise, with 0.14 s of digital silence in it. */
function sweep(): Float32Array {
  let state = 12_345;
  return Float32Array.from({ length: 9001 }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    if (i >= 3000 && i < 5200) return 0;
    const time = i / MEL_RATE;
    const tone = Math.sin(2 * Math.PI * (150 + 2500 * time) * time);
    const swell = (1 + Math.sin(2 * Math.PI * 7 * time)) / 2;
    return 0.4 * tone * swell + 0.05 * (state / 2 ** 30 - 1);
  });
}

test("the spectrogram is librosa's of the same sound", () => {
  const { values, columns } = wav2lipMel(sweep());
  assert.equal(columns, 46);
  assert.equal(values.length, MEL_BANDS * columns);
  for (const [band, expected] of Object.entries(LIBROSA)) {
    for (const [index, value] of expected.entries()) {
      const column = COLUMNS[index] ?? 0;
      const found = values[Number(band) * columns + column] ?? Number.NaN;
      assert.ok(
        Math.abs(found - value) < 1e-4,
        `band ${band}, column ${column}: ${found}, not ${value}`,
      );
    }
  }
});

test("every value is that of the published sums, done slowly", () => {
  const samples = noise({ seconds: 0.1, sampleRate: MEL_RATE, amplitude: 0.3 });
  samples.fill(0, 900, 1000);
  const { values, columns } = wav2lipMel(samples);
  assert.equal(columns, 9);
  const expected = slowMel(samples);
  for (const [index, value] of expected.entries()) {
    const found = values[index] ?? Number.NaN;
    const where = `band ${Math.floor(index / columns)}, column ${index % columns}`;
    assert.ok(Math.abs(found - value) < 1e-5, `${where}: ${found}, not ${value}`);
  }
});

test("sound that is loud beyond the range is clipped, and silence is the least value, not none", () => {
  const loud = wav2lipMel(noise({ seconds: 0.2, sampleRate: MEL_RATE, amplitude: 1e4 }));
  assert.equal(Math.max(...loud.values), 4);
  for (const length of [0, 1, 2, 150, 16_000]) {
    const { values, columns } = wav2lipMel(new Float32Array(length));
    assert.equal(columns, 1 + Math.floor(length / 200));
    assert.ok(
      values.every((value) => value === MEL_LEAST),
      `${length} samples`,
    );
  }
});

test("a sound shorter than a window is mirrored as often as it takes", () => {
  const short = noise({ seconds: 0.005, sampleRate: MEL_RATE });
  const { values } = wav2lipMel(short);
  for (const [band, value] of slowMel(short).entries()) {
    assert.ok(Math.abs((values[band] ?? Number.NaN) - value) < 1e-5, `band ${band}`);
  }
});

/** The same by definition: a discrete Fourier transform of every frame, and every weight of every bin. */
function slowMel(samples: Float32Array): number[] {
  const y = Array.from(samples, (x, n) => x - (n > 0 ? 0.97 * (samples[n - 1] ?? 0) : 0));
  const padded = [...y];
  while (padded.length < y.length + 400) {
    // numpy.pad, mode "reflect": walks to and fro between the ends, never twice on an end.
    const steps = padded.length % (2 * (y.length - 1));
    padded.push(y[steps < y.length ? steps : 2 * (y.length - 1) - steps] ?? 0);
  }
  const before = Array.from({ length: 400 }, (_, i) => {
    const steps = (400 - i) % (2 * (y.length - 1));
    return y[steps < y.length ? steps : 2 * (y.length - 1) - steps] ?? 0;
  });
  const whole = [...before, ...padded];
  const columns = 1 + Math.floor(samples.length / 200);
  const magnitudes = Array.from({ length: columns }, (_, column) =>
    Array.from({ length: 401 }, (__, k) => {
      let real = 0;
      let imaginary = 0;
      for (let n = 0; n < 800; n++) {
        const windowed = (whole[200 * column + n] ?? 0) * Math.sin((Math.PI * n) / 800) ** 2;
        const angle = (-2 * Math.PI * ((k * n) % 800)) / 800;
        real += windowed * Math.cos(angle);
        imaginary += windowed * Math.sin(angle);
      }
      return Math.sqrt(real ** 2 + imaginary ** 2);
    }),
  );
  const mels = Array.from({ length: 82 }, (_, i) => mel(55) + (i * (mel(7600) - mel(55))) / 81);
  const edges = mels.map(frequency);
  return Array.from({ length: 80 * columns }, (_, index) => {
    const [band, column] = [Math.floor(index / columns), index % columns];
    const [low = 0, middle = 0, high = 0] = edges.slice(band, band + 3);
    let sum = 0;
    for (let k = 0; k <= 400; k++) {
      const f = (16_000 * k) / 800;
      const rising = (f - low) / (middle - low);
      const falling = (high - f) / (high - middle);
      const weight = Math.max(0, Math.min(rising, falling)) * (2 / (high - low));
      sum += weight * (magnitudes[column]?.[k] ?? 0);
    }
    const decibels = 20 * Math.log10(Math.max(1e-5, sum)) - 20;
    return Math.max(-4, Math.min(4, 8 * ((decibels + 100) / 100) - 4));
  });

  function mel(f: number): number {
    return f < 1000 ? (3 * f) / 200 : 15 + (27 * Math.log(f / 1000)) / Math.log(6.4);
  }

  function frequency(m: number): number {
    return m < 15 ? (200 * m) / 3 : 1000 * 6.4 ** ((m - 15) / 27);
  }
}
