import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LANDMARKS } from "../../domain/face.ts";
import {
  CHEEK_LEFT,
  CHEEK_RIGHT,
  CHIN,
  EYE_LEFT_LOWER,
  EYE_LEFT_UPPER,
  EYE_RIGHT_LOWER,
  EYE_RIGHT_UPPER,
  FACE_OVAL,
  FOREHEAD,
  LIPS_INNER_LOWER,
  LIPS_INNER_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
} from "../landmarks/landmark-groups.ts";
import { drawAvatar } from "./draw-avatar.ts";

const SIZE = 512;
const started = performance.now();
const { picture, landmarks } = drawAvatar(SIZE);
const milliseconds = performance.now() - started;

const xOf = (index: number) => landmarks[2 * index] ?? Number.NaN;
const yOf = (index: number) => landmarks[2 * index + 1] ?? Number.NaN;

function colorAt(x: number, y: number): [red: number, green: number, blue: number] {
  const at = 3 * (Math.floor(y) * SIZE + Math.floor(x));
  const [red = 0, green = 0, blue = 0] = picture.pixels.subarray(at, at + 3);
  return [red, green, blue];
}

function lumaAt(x: number, y: number): number {
  const [red, green, blue] = colorAt(x, y);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** How far below (or above) a landmark the picture is darkest, pixels, within `reach`. */
function darkestNear(index: number, reach: number): number {
  let best = { offset: Number.NaN, luma: Number.POSITIVE_INFINITY };
  for (let offset = -reach; offset <= reach; offset += 0.5) {
    const luma = lumaAt(xOf(index), yOf(index) + offset);
    if (luma < best.luma) best = { offset, luma };
  }
  return best.offset;
}

describe("the avatar", () => {
  test("is drawn in any size from 128 to 2048 pixels and in no other", () => {
    for (const size of [128, 301]) {
      const small = drawAvatar(size);
      assert.deepEqual([small.picture.width, small.picture.height], [size, size]);
      assert.equal(small.picture.pixels.length, 3 * size * size);
      assert.ok(Math.abs((small.landmarks[2 * CHIN] ?? 0) / size - xOf(CHIN) / SIZE) < 1e-6);
    }
    for (const size of [127, 2049, 300.5, Number.NaN]) {
      assert.throws(() => drawAvatar(size), { code: "INVALID_OPTION", message: /128 to 2048/u });
    }
  });

  test("is the same every time", (context) => {
    const again = drawAvatar(SIZE);
    assert.deepEqual(again.picture.pixels, picture.pixels);
    assert.deepEqual(again.landmarks, landmarks);
    context.diagnostic(`${SIZE} × ${SIZE} pixels in ${milliseconds.toFixed(0)} ms`);
  });

  test("looks alike in every size", () => {
    const large = drawAvatar(2 * SIZE).picture.pixels;
    let difference = 0;
    for (let y = 0; y < SIZE; y += 3) {
      for (let x = 0; x < SIZE; x += 3) {
        for (let channel = 0; channel < 3; channel++) {
          const at = (dx: number, dy: number) =>
            large[3 * ((2 * y + dy) * 2 * SIZE + 2 * x + dx) + channel] ?? 0;
          const mean = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4;
          difference += Math.abs(mean - (picture.pixels[3 * (y * SIZE + x) + channel] ?? 0));
        }
      }
    }
    const mean = difference / (3 * Math.ceil(SIZE / 3) ** 2);
    assert.ok(mean < 2, `mean difference ${mean}`);
  });

  test("has warm skin, red lips, white eyes and a cool wall behind it", () => {
    for (const index of [...CHEEK_LEFT, ...CHEEK_RIGHT, FOREHEAD]) {
      const [red, green, blue] = colorAt(xOf(index), yOf(index));
      assert.ok(
        red > 190 && red > green + 25 && green > blue + 10,
        `${index}: ${red} ${green} ${blue}`,
      );
    }
    for (const [edge, seam] of [
      [37, 82],
      [267, 312],
      [84, 87],
      [314, 317],
    ] as const) {
      const [red, green, blue] = colorAt(xOf(edge), (yOf(edge) + yOf(seam)) / 2);
      const isRed = red > 130 && red > 1.4 * green && Math.abs(green - blue) < 30;
      assert.ok(isRed, `lip at ${edge}: ${red} ${green} ${blue}`);
    }
    const [red, green, blue] = colorAt(20, 60);
    assert.ok(green >= red && Math.abs(green - blue) < 30, `wall ${red} ${green} ${blue}`);
  });
});

describe("the avatar's landmarks", () => {
  test("are 468 places in the picture", () => {
    assert.equal(landmarks.length, 2 * LANDMARKS);
    for (const value of landmarks) assert.ok(value > 0 && value < SIZE);
  });

  test("of closed lips lie on the darkest line between them", () => {
    assert.deepEqual(LIPS_INNER_UPPER.map(yOf), LIPS_INNER_LOWER.map(yOf));
    for (const index of LIPS_INNER_UPPER.slice(2, -2)) {
      assert.ok(
        Math.abs(darkestNear(index, 8)) <= 1.5,
        `${index}: ${darkestNear(index, 8)} pixels off`,
      );
    }
  });

  test("of the lips' outer edges lie where skin turns red", () => {
    // Skin is yellower than lips, in light and in shade.
    const yellowness = (x: number, y: number) => {
      const [red, green, blue] = colorAt(x, y);
      return (green - blue) / red;
    };
    for (const [edge, inwards] of [
      [LIPS_OUTER_UPPER.slice(2, -2), 1],
      [LIPS_OUTER_LOWER.slice(2, -2), -1],
    ] as const) {
      for (const index of edge) {
        const inside = yellowness(xOf(index), yOf(index) + 4 * inwards);
        const outside = yellowness(xOf(index), yOf(index) - 5 * inwards);
        assert.ok(outside > inside + 0.04, `${index}: ${inside} inside, ${outside} outside`);
      }
    }
  });

  test("of the lids lie on dark lashes above and hold the white of the eyes", () => {
    for (const [upper, lower] of [
      [EYE_LEFT_UPPER, EYE_LEFT_LOWER],
      [EYE_RIGHT_UPPER, EYE_RIGHT_LOWER],
    ] as const) {
      for (const index of upper.slice(2, -2)) {
        assert.ok(Math.abs(darkestNear(index, 4)) <= 2, `${index}: ${darkestNear(index, 4)} off`);
        assert.ok(lumaAt(xOf(index), yOf(index)) < 110, `${index} is light`);
      }
      const [top, bottom] = [upper[4] ?? 0, lower[4] ?? 0];
      const middle = (yOf(top) + yOf(bottom)) / 2;
      // the pupil between the lids, white on both sides of the iris
      assert.ok(lumaAt((xOf(top) + xOf(bottom)) / 2, middle) < 70);
      for (const corner of [upper[0] ?? 0, upper.at(-1) ?? 0]) {
        const x = xOf(top) + (xOf(corner) - xOf(top)) * 0.68;
        const [red, , blue] = colorAt(x, middle + 2);
        assert.ok(red > 190 && red - blue < 45, `${corner}: ${colorAt(x, middle + 2)}`);
      }
    }
  });

  test("of the face's outline lie at its edge: skin inside of them, chin and jaw included", () => {
    const [centreX, centreY] = [SIZE / 2, (yOf(FOREHEAD) + yOf(CHIN)) / 2];
    for (const index of FACE_OVAL) {
      const x = centreX + (xOf(index) - centreX) * 0.86;
      const y = centreY + (yOf(index) - centreY) * 0.9;
      const [red, green] = colorAt(x, y);
      assert.ok(red > 150 && red > green + 20, `${index}: ${colorAt(x, y)}`);
    }
    const jaw = lumaAt(xOf(CHIN), yOf(CHIN) - 6) - lumaAt(xOf(CHIN), yOf(CHIN) + 6);
    assert.ok(jaw > 15, `the chin stands out by ${jaw}`);
  });

  test("are those of a face that looks straight at the camera", () => {
    for (const [left, right] of [
      [33, 263],
      [61, 291],
      [234, 454],
      [50, 280],
    ] as const) {
      assert.ok(Math.abs(xOf(left) + xOf(right) - SIZE) < 0.02 * SIZE, `${left} and ${right}`);
      assert.ok(Math.abs(yOf(left) - yOf(right)) < 0.01 * SIZE, `${left} and ${right}`);
    }
    assert.ok(Math.abs(xOf(1) - SIZE / 2) < 0.01 * SIZE);
  });
});
